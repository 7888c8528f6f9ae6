import { randomUUID } from "node:crypto";

import { expect, test } from "vitest";

import { createFakeClock } from "../../../../devkit/fake-clock.ts";
import { openTestDatabase } from "../../../test/support/database.ts";
import { dropPartitions } from "../../maintenance/drop-partitions.ts";
import { makePartitions } from "../../maintenance/make-partitions.ts";
import { countAttempts } from "./count-attempts.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const START = new Date("2026-03-01T06:00:00Z");

async function setup() {
  const database = await openTestDatabase({ now: START });
  const clock = createFakeClock(START);
  const endpointId = randomUUID();
  /** Attempts of the clock's day, as the record statement leaves them. */
  const attempt = (count: number, of = endpointId) =>
    database.query(
      {
        name: "test-insert-attempts",
        text: `insert into attempts (id, delivery_id, event_id, tenant_id, endpoint_id, run, number, source, started_at,
            outcome, request_url, request_headers, request_bytes, request_sha256, signed_by, timings, decision, reason)
          select $3::bigint + nextval('ids') % 1000000000, 1, 1, $1::uuid, $1::uuid, 1, 1, 'publish', $4::timestamptz, 'accepted', 'x', '[]', 1, '', '{}',
            '{}', 'finish', '' from generate_series(1, $2::integer)`,
      },
      [of, count, clock.nowMs() * 1000, clock.now()],
    );
  const remembered = async () => {
    const text = "select day, attempts from attempt_counts where endpoint_id = $1::uuid order by day";
    const rows = await database.query<{ attempts: number }>({ name: "test-counts", text }, [endpointId]);
    return rows.map((row) => row.attempts);
  };
  const nextDay = async () => {
    clock.advance(DAY_MS);
    await makePartitions({ database, clock });
  };
  return {
    database,
    clock,
    endpointId,
    attempt,
    remembered,
    nextDay,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test("up to ten thousand are counted one by one, and nothing is remembered", async () => {
  await using here = await setup();
  await here.attempt(10_000);
  await here.attempt(5, randomUUID());
  expect(await countAttempts(here, here.endpointId)).toBe(10_000);
  expect(await here.remembered()).toEqual([]);
});

test("beyond that, days that are over are counted once, and the rest each time", async () => {
  await using here = await setup();
  await here.attempt(10_001);
  expect(await countAttempts(here, here.endpointId)).toBe(10_001);
  expect(await here.remembered()).toEqual([]);

  await here.nextDay();
  await here.nextDay();
  await here.attempt(7);
  expect(await countAttempts(here, here.endpointId)).toBe(10_008);
  expect(await here.remembered()).toEqual([10_001, 0]);
  await here.attempt(3);
  expect(await countAttempts(here, here.endpointId)).toBe(10_011);
  expect(await here.remembered()).toEqual([10_001, 0]);
});

test("days that retention has dropped do not count, and are forgotten", async () => {
  await using here = await setup();
  await here.attempt(100);
  await here.nextDay();
  await here.attempt(10_001);
  await here.nextDay();
  expect(await countAttempts(here, here.endpointId)).toBe(10_101);
  expect(await here.remembered()).toEqual([100, 10_001]);
  await dropPartitions({ ...here, retention: { eventDays: 1, attemptDays: 1 } });
  expect(await here.remembered()).toEqual([10_001]);
  expect(await countAttempts(here, here.endpointId)).toBe(10_001);
});
