/** Reads a few sealed secrets of each encryption key that seals any: enough to know whether a key ring opens them. */
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
    select endpoint_id, number, sealed, encryption_key_id
    from (
      select endpoint_id, number, sealed, encryption_key_id,
        row_number() over (partition by encryption_key_id order by endpoint_id, number) as place
      from secret_versions
      where sealed is not null
    ) as secrets
    where place <= $1::integer
    order by encryption_key_id`,
};

export function sampleSealedSecrets(database: Queryable, ofEachKey: number): Promise<SealedSecretSample[]> {
  return database.query(SAMPLE_SEALED_SECRETS, [ofEachKey]);
}
