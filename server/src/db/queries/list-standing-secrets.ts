/** Reads the versions of an endpoint that are not expired, and the newest number there ever was. Never their values. */
import type { Queryable, Statement } from "../database.ts";

export interface StandingSecretRow {
  readonly number: number;
  readonly state: "staged" | "active" | "retiring" | "expired";
  readonly expires_at: Date | null;
}

const LIST_STANDING_SECRETS: Statement = {
  name: "list-standing-secrets",
  text: `
    select number, state, expires_at
    from secret_versions
    where endpoint_id = $1::uuid
      and (state <> 'expired' or number = (select max(number) from secret_versions where endpoint_id = $1::uuid))
    order by number desc`,
};

/** Call with the endpoint's row locked (lock-endpoint.ts). The newest version is there even when it is expired. */
export function listStandingSecrets(transaction: Queryable, endpointId: string): Promise<StandingSecretRow[]> {
  return transaction.query<StandingSecretRow>(LIST_STANDING_SECRETS, [endpointId]);
}
