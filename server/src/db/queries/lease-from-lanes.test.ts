/** What a claim reads to know how much of an endpoint this node holds. */
import { expect, it, vi } from "vitest";

import { openEngineBench } from "../../../test/support/engine-bench.ts";
import type { Queryable } from "../database.ts";
import { leaseFromLanes } from "./lease-from-lanes.ts";

const NODE = 7;
const LEASE = NODE * 2 ** 32;
const GONE = 5_000;
const LEAVE_GONE = `
update queue set lease = null;
insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, lease, created_at, run_started_at)
select delivery_id + n, event_id, tenant_id, endpoint_id, type, source, due_at, ${LEASE}, created_at, created_at
from queue, generate_series(1, ${GONE}) n;
delete from queue where lease is not null`;
const PUT_LANE =
  "insert into lanes (endpoint_id, next_turn_at) select id, '-infinity' from endpoints on conflict do nothing";
const ENTRIES_READ = {
  name: "test-entries-read",
  text: "select pg_stat_get_xact_tuples_returned('queue_in_flight'::regclass)::integer as entries",
};

it("passes over what was delivered and not yet vacuumed once, and not with every claim", async () => {
  await using bench = await openEngineBench();
  const home = await bench.addTenant("a");
  const endpointId = await home.addEndpoint();
  await home.publish("a");
  const claim = async (transaction: Queryable): Promise<unknown[]> => {
    await transaction.script(PUT_LANE);
    return leaseFromLanes(transaction, {
      now: bench.clock.now(),
      endpointIds: [endpointId],
      lease: LEASE + 1,
      perLane: 1,
      defaultMaxInFlight: 16,
      prefetch: 1,
      capDivisor: 1,
      capSpare: 0,
      cappedMs: 1_000,
    });
  };
  // Planned while there is hardly anything yet, as on a new server.
  await bench.database.transaction(claim);
  await bench.database.script(LEAVE_GONE);

  const readBySecondClaim = async (): Promise<number> =>
    bench.database.transaction(async (transaction) => {
      const entries = async (): Promise<number> =>
        (await transaction.query<{ entries: number }>(ENTRIES_READ, []))[0]?.entries ?? 0;
      await claim(transaction);
      const before = await entries();
      await claim(transaction);
      return (await entries()) - before;
    });

  // Not yet while a transaction elsewhere in the cluster may see it; and what shares an entry with the one that is
  // there, a few hundred at most, is read with it.
  const read = await vi.waitUntil(
    async () => {
      const entries = await readBySecondClaim();
      return entries < GONE / 5 && entries;
    },
    { timeout: 20_000 },
  );
  expect(read).toBeGreaterThan(0);
});
