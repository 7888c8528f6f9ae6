/** Reads the secret versions of an endpoint that still have a value, newest first, with their sealed values. */
import type { Queryable, Statement } from "../database.ts";

export interface SealedStandingRow {
  readonly endpoint_id: string;
  readonly number: number;
  readonly state: "staged" | "active" | "retiring";
  readonly scheme: "hmac-sha256" | "ed25519";
  readonly expires_at: Date | null;
  readonly planned_end_at: Date | null;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
}

const LIST_SEALED_SECRETS: Statement = {
  name: "list-sealed-secrets",
  text: `
    select endpoint_id, number, state, scheme, expires_at, planned_end_at, sealed, encryption_key_id
    from secret_versions
    where endpoint_id = $1::uuid and state <> 'expired'
    order by number desc`,
};

export function listSealedSecrets(database: Queryable, endpointId: string): Promise<SealedStandingRow[]> {
  return database.query<SealedStandingRow>(LIST_SEALED_SECRETS, [endpointId]);
}
