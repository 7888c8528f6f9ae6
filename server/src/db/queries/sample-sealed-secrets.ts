/** Reads one sealed secret of each encryption key that seals any: enough to know whether a key ring opens them. */
import type { Queryable, Statement } from "../database.ts";

export interface SealedSecretSample {
  readonly endpoint_id: string;
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

const SAMPLE_SEALED_SECRETS: Statement = {
  name: "sample-sealed-secrets",
  text: `
    select distinct on (encryption_key_id) endpoint_id, number, sealed, encryption_key_id
    from secret_versions
    where sealed is not null
    order by encryption_key_id`,
};

export function sampleSealedSecrets(database: Queryable): Promise<SealedSecretSample[]> {
  return database.query(SAMPLE_SEALED_SECRETS, []);
}
