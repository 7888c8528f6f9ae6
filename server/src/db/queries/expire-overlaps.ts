/**
 * Marks retiring secret versions whose overlap has ended as expired and wipes their values. Who signs does not change by
 * it: that is decided at each signing by the exact end. Endpoints are locked before their secrets, as every verb does;
 * one that is locked by somebody else is left for the next run.
 */
import type { Queryable, Statement } from "../database.ts";

const EXPIRE_OVERLAPS: Statement = {
  name: "expire-overlaps",
  text: `
    with locked as materialized (
      select id
      from endpoints
      where id in (
        select endpoint_id from secret_versions
        where state = 'retiring' and expires_at <= $1::timestamptz
        order by expires_at
        limit $2::integer
      )
      for no key update skip locked
    ),
    raised as (
      update endpoints set version = version + 1 from locked where endpoints.id = locked.id
    )
    update secret_versions
    set state = 'expired', sealed = null, encryption_key_id = null
    from locked
    where secret_versions.endpoint_id = locked.id and secret_versions.state = 'retiring'
      and secret_versions.expires_at <= $1::timestamptz
    returning secret_versions.number`,
};

/** Resolves to how many versions were wiped; call until it is 0. */
export async function expireOverlaps(
  database: Queryable,
  input: { readonly now: Date; readonly limit: number },
): Promise<number> {
  const rows = await database.query(EXPIRE_OVERLAPS, [input.now, input.limit]);
  return rows.length;
}
