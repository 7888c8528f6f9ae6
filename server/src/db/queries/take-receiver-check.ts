/**
 * Takes the right to check an endpoint's receiver, which is there again a while after it was taken last. Two nodes that
 * ask at once are told apart by the row.
 */
import type { Queryable, Statement } from "../database.ts";

const TAKE_RECEIVER_CHECK: Statement = {
  name: "take-receiver-check",
  text: `
    with taken as (
      insert into receiver_checks (endpoint_id, checked_at)
      values ($1::uuid, $2::timestamptz)
      on conflict (endpoint_id) do update set checked_at = excluded.checked_at
      where receiver_checks.checked_at <= $3::timestamptz
      returning checked_at
    )
    select true as taken, checked_at from taken
    union all
    select false, checked_at from receiver_checks
    where endpoint_id = $1::uuid and not exists (select from taken)`,
};

interface Row {
  readonly taken: boolean;
  readonly checked_at: Date;
}

/** Resolves to when it was taken last, where that was after `freeBefore`; else null, and it is taken now. */
export async function takeReceiverCheck(
  database: Queryable,
  check: { readonly endpointId: string; readonly now: Date; readonly freeBefore: Date },
): Promise<Date | null> {
  const parameters = [check.endpointId, check.now, check.freeBefore];
  const [row] = await database.query<Row>(TAKE_RECEIVER_CHECK, parameters);
  // No row: another check was taken while this one waited for it.
  return row === undefined ? check.now : row.taken ? null : row.checked_at;
}
