/**
 * Counts all of an endpoint's attempts, days that are over only once: their counts are kept in attempt_counts. Days
 * before the oldest attempt that is kept have gone with their partitions and do not count. Days are ranges of ids.
 */
import type { Queryable, Statement } from "../database.ts";

const COUNT_ATTEMPTS_BY_DAY: Statement = {
  name: "count-attempts-by-day",
  text: `
    with over_days as materialized (
      select generate_series(oldest.id - oldest.id % $3::bigint, $2::bigint - 1, $3::bigint) as day
      from (select min(id) as id from attempts where endpoint_id = $1::uuid) oldest
      where oldest.id is not null
    ),
    known as materialized (
      select day, attempts from attempt_counts where endpoint_id = $1::uuid and day in (select day from over_days)
    ),
    counted as materialized (
      select d.day, (
        select count(*) from attempts a
        where a.endpoint_id = $1::uuid and a.id >= d.day and a.id < d.day + $3::bigint
      ) as attempts
      from over_days d
      where d.day not in (select day from known)
    ),
    kept as (
      insert into attempt_counts (endpoint_id, day, attempts)
      select $1::uuid, day, attempts from counted
      on conflict (endpoint_id, day) do nothing
    )
    select (select coalesce(sum(attempts), 0) from known)::bigint
      + (select coalesce(sum(attempts), 0) from counted)::bigint
      + (select count(*) from attempts where endpoint_id = $1::uuid and id >= $2::bigint) as count`,
};

export async function countAttemptsByDay(
  database: Queryable,
  of: {
    readonly endpointId: string;
    /** The first id of the first day that is not over. */
    readonly openFrom: number;
    /** How many ids a day has. */
    readonly idsADay: number;
  },
): Promise<number> {
  const [row] = await database.query<{ count: number }>(COUNT_ATTEMPTS_BY_DAY, [
    of.endpointId,
    of.openFrom,
    of.idsADay,
  ]);
  return row?.count ?? 0;
}
