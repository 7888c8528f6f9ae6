/**
 * Writes decided moves of an endpoint's secret versions (secret-lifecycle.ts) and raises the endpoint's version. What
 * is expired loses its value, by the same statement. Call with the endpoint's row locked (lock-endpoint.ts).
 */
import type { Queryable, Statement } from "../database.ts";
import { SECRET_VERSION_COLUMNS, type SecretVersionRow } from "./list-secret-versions.ts";

export interface SecretVersionMove {
  readonly number: number;
  readonly to: "active" | "retiring" | "expired";
  readonly expiresAt: Date | null;
  /** Of a retiring version that is held open until a rehearsal has passed: when it ends then. */
  readonly plannedEndsAt?: Date | undefined;
}

const MOVE_SECRET_VERSIONS: Statement = {
  name: "move-secret-versions",
  text: `
    with raised as (
      update endpoints set version = version + 1 where id = $1::uuid
    ),
    moved as (
      update secret_versions
      set state = moves.state, expires_at = moves.expires_at, planned_end_at = moves.planned_end_at,
        activated_at = case when moves.state = 'active' then coalesce(activated_at, $5::timestamptz)
          else activated_at end,
        sealed = case when moves.state <> 'expired' then sealed end,
        encryption_key_id = case when moves.state <> 'expired' then encryption_key_id end
      from unnest($2::integer[], $3::text[], $4::timestamptz[], $6::timestamptz[])
        as moves (number, state, expires_at, planned_end_at)
      where secret_versions.endpoint_id = $1::uuid and secret_versions.number = moves.number
        and secret_versions.state <> 'expired'
      returning secret_versions.*
    )
    select ${SECRET_VERSION_COLUMNS} from moved order by number desc`,
};

/** Resolves to the versions that moved, as they are now. */
export async function moveSecretVersions(
  transaction: Queryable,
  change: { readonly endpointId: string; readonly moves: readonly SecretVersionMove[]; readonly now: Date },
): Promise<SecretVersionRow[]> {
  // The index that allows one active version is checked row by row: the one that was active makes room first.
  const rows: SecretVersionRow[] = [];
  for (const moves of [
    change.moves.filter((move) => move.to !== "active"),
    change.moves.filter((move) => move.to === "active"),
  ]) {
    if (moves.length === 0) continue;
    const parameters = [
      change.endpointId,
      moves.map((move) => move.number),
      moves.map((move) => move.to),
      moves.map((move) => move.expiresAt),
      change.now,
      moves.map((move) => move.plannedEndsAt ?? null),
    ];
    rows.push(...(await transaction.query<SecretVersionRow>(MOVE_SECRET_VERSIONS, parameters)));
  }
  return rows;
}
