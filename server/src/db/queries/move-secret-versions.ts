/**
 * Writes decided moves of an endpoint's secret versions (secret-lifecycle.ts) and raises the endpoint's version. What
 * is expired loses its value. Call with the endpoint's row locked (lock-endpoint.ts).
 */
import type { Queryable, Statement } from "../database.ts";

const MOVE_SECRET_VERSIONS: Statement = {
  name: "move-secret-versions",
  text: `
    with raised as (
      update endpoints set version = version + 1 where id = $1::uuid
    )
    update secret_versions
    set state = moves.state, expires_at = moves.expires_at,
      sealed = case when moves.state <> 'expired' then sealed end,
      encryption_key_id = case when moves.state <> 'expired' then encryption_key_id end
    from unnest($2::integer[], $3::text[], $4::timestamptz[]) as moves (number, state, expires_at)
    where secret_versions.endpoint_id = $1::uuid and secret_versions.number = moves.number
      and secret_versions.state <> 'expired'`,
};

export async function moveSecretVersions(
  transaction: Queryable,
  change: {
    readonly endpointId: string;
    readonly moves: readonly { readonly number: number; readonly to: string; readonly expiresAt: Date }[];
  },
): Promise<void> {
  if (change.moves.length === 0) return;
  await transaction.query(MOVE_SECRET_VERSIONS, [
    change.endpointId,
    change.moves.map((move) => move.number),
    change.moves.map((move) => move.to),
    change.moves.map((move) => move.expiresAt),
  ]);
}
