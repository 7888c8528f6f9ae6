/**
 * Makes deliveries that ended, by the million, over the day partitions before today: the rows that `store-events` and
 * `record-attempts` leave behind of single events with one delivery and one attempt. Partitions are made by the server's
 * own verb. Nine tenths belong to one tenant with many endpoints, the rest to another with one.
 *
 * Of a thousand deliveries 970 succeeded, 20 are exhausted (500), 5 timed out, 5 were cancelled: filters meet what is
 * common, what is rare and what is not there at all.
 */
import { createFakeClock } from "../../devkit/fake-clock.ts";
import type { Database, Statement } from "../../server/src/db/database.ts";
import { DAY_MS, dayPartition } from "../../server/src/maintenance/day-partitions.ts";
import { makePartitions } from "../../server/src/maintenance/make-partitions.ts";

export interface History {
  readonly rows: number;
  /** Days before today that they are spread over: at most ten, or maintenance might drop them meanwhile. */
  readonly days: number;
  readonly now: Date;
  /** As the database knows them; the first tenant has most. */
  readonly tenantIds: readonly [string, string];
  /** Of the first tenant. */
  readonly endpointIds: readonly string[];
  /** Of the second tenant. */
  readonly otherEndpointId: string;
  readonly types: readonly string[];
}

/** A second or some a chunk, far below the timeout of a statement. */
const CHUNK = 20_000;
/** Ids of one delivery: the event's, the delivery's, the attempt's. */
const IDS_EACH = 3;

const LOAD: Statement = {
  name: "bench-load-history",
  text: `
with made as materialized (
  select $1::bigint + n * $2::bigint as id,
    to_timestamp(($1::bigint + n * $2::bigint) / 1000000.0) as at,
    n % 10 = 9 as other,
    ($5::uuid[])[1 + n / 10 % cardinality($5::uuid[])] as endpoint_id,
    ($7::text[])[1 + n / 7 % cardinality($7::text[])] as type,
    case when n % 1000 < 970 then 'accepted' when n % 1000 < 990 then 'rejected' when n % 1000 < 995 then 'timed_out' end
      as outcome
  from generate_series($3::bigint, $4::bigint - 1) as n
),
owned as materialized (
  select id, at, type, outcome, case when other then $9::uuid else $8::uuid end as tenant_id,
    case when other then $6::uuid else endpoint_id end as endpoint_id,
    case outcome when 'rejected' then 'http_server_error' when 'timed_out' then 'headers_timeout' end as class,
    case outcome when 'accepted' then 200 when 'rejected' then 500 end as status
  from made
),
stored as (
  insert into events (id, tenant_id, type, source, data, deliveries, created_at)
  select id, tenant_id, type, 'publish', convert_to('{"id":"inv_' || id || '","amount":4200,"currency":"EUR"}', 'utf8'), 1, at
  from owned
),
ended as (
  insert into deliveries (id, event_id, tenant_id, endpoint_id, type, source, state, reason, run, attempts, created_at,
    finished_at, last_attempt_at, last_class, last_status)
  select id + 1, id, tenant_id, endpoint_id, type, 'publish',
    case outcome when 'accepted' then 'succeeded' when 'rejected' then 'exhausted' when 'timed_out' then 'exhausted'
      else 'cancelled' end,
    case when outcome is null then 'endpoint_disabled' end, 1, case when outcome is null then 0 else 1 end, at,
    at + interval '20 milliseconds', case when outcome is not null then at end, class, status
  from owned
)
insert into attempts (id, delivery_id, event_id, tenant_id, endpoint_id, run, number, source, started_at, outcome, class,
  request_url, request_headers, request_bytes, request_sha256, signed_by, response_status, response_headers,
  response_body, response_bytes, address, timings, decision, reason)
select id + 2, id + 1, id, tenant_id, endpoint_id, 1, 1, 'publish', at, outcome, class, 'http://127.0.0.1:8080/hooks',
  '[["webhook-id","evt_00000000000"],["webhook-timestamp","1795234810"],["content-type","application/json"]]', 512,
  sha256(int8send(id)), '{1}', status, case when status is not null then '[["content-length","0"]]'::json end,
  case when status is not null then ''::bytea end, case when status is not null then 0 end, '127.0.0.1',
  '{"connectMs":0.2,"firstByteMs":1.1,"totalMs":1.3}', case outcome when 'accepted' then 'finish' else 'give_up' end,
  'The receiver accepted with 200.'
from owned where outcome is not null`,
};

export async function loadHistory(
  database: Database,
  { rows, days, now, tenantIds, endpointIds, otherEndpointId, types }: History,
  note: (line: string) => void,
): Promise<void> {
  const perDay = Math.ceil(rows / days);
  const step = Math.floor((DAY_MS * 1_000) / perDay);
  if (step < IDS_EACH) throw new Error("more rows than a day has ids");
  for (let day = days; day >= 1; day -= 1) {
    const at = now.getTime() - day * DAY_MS;
    await makePartitions({ database, clock: createFakeClock(new Date(at)) });
    const { fromId } = dayPartition("events", at);
    for (let done = 0; done < perDay; done += CHUNK) {
      const until = Math.min(done + CHUNK, perDay);
      const [first, second] = tenantIds;
      await database.query(LOAD, [fromId, step, done, until, endpointIds, otherEndpointId, types, first, second]);
    }
    note(`${perDay} deliveries of ${new Date(at).toISOString().slice(0, 10)}`);
  }
  // It reads millions of rows, and has no reader who waits for it.
  await database.script("set statement_timeout = 0; analyze");
}
