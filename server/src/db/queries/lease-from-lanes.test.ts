/** What a claim reads: its plan is made while hardly anything waits. */
import { expect, it } from "vitest";

import { LEASE, openEngineBench } from "../../../test/support/engine-bench.ts";
import { entriesRead, queueCopies, untilFewerAreRead } from "../../../test/support/entries-read.ts";
import type { Queryable } from "../database.ts";
import { leaseFromLanes } from "./lease-from-lanes.ts";

const MANY = 5_000;
const PUT_LANE =
  "insert into lanes (endpoint_id, next_turn_at) select id, '-infinity' from endpoints on conflict do nothing";
/** A generic plan is made with the sixth call at the latest. */
const CALLS = 8;

const claimOf = (endpointId: string, now: Date): Parameters<typeof leaseFromLanes>[1] => ({
  now,
  endpointIds: [endpointId],
  lease: LEASE + 1,
  perLane: 1,
  defaultMaxInFlight: 16,
  prefetch: 1,
  capDivisor: 1,
  capSpare: 0,
  cappedMs: 1_000,
});

it("leases by key, and not by a look at all that waits anywhere", async () => {
  await using bench = await openEngineBench();
  const home = await bench.addTenant("a");
  const endpointId = await home.addEndpoint();
  await home.publish("a");
  await bench.database.script("update queue set lease = null");
  const giveBack = `update queue set lease = null where endpoint_id = '${endpointId}'; ${PUT_LANE}`;
  const claim = (transaction: Queryable) => leaseFromLanes(transaction, claimOf(endpointId, bench.clock.now()));
  const read = await bench.database.transaction(async (transaction) => {
    for (let call = 0; call < CALLS; call += 1) {
      await transaction.script(giveBack);
      expect(await claim(transaction)).toHaveLength(1);
    }
    await transaction.script(
      `${giveBack}; ${queueCopies({ many: MANY, endpointId: "gen_random_uuid()", lease: "null" })}`,
    );
    return entriesRead(transaction, "queue_due", async () => expect(await claim(transaction)).toHaveLength(1));
  });
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(MANY / 5);
});

it("passes over what was delivered and not yet vacuumed once, and not with every claim", async () => {
  await using bench = await openEngineBench();
  const home = await bench.addTenant("a");
  const endpointId = await home.addEndpoint();
  await home.publish("a");
  const claim = async (transaction: Queryable): Promise<unknown[]> => {
    await transaction.script(PUT_LANE);
    return leaseFromLanes(transaction, claimOf(endpointId, bench.clock.now()));
  };
  // Planned while there is hardly anything yet, as on a new server.
  await bench.database.transaction(claim);
  await bench.database.script("update queue set lease = null");
  const inFlight = queueCopies({ many: MANY, endpointId: "endpoint_id", lease: String(LEASE) });
  await bench.database.script(`${inFlight}; delete from queue where lease is not null`);

  const readBySecondClaim = async (): Promise<number> =>
    bench.database.transaction(async (transaction) => {
      await claim(transaction);
      return entriesRead(transaction, "queue_in_flight", () => claim(transaction));
    });

  const read = await untilFewerAreRead(MANY / 5, readBySecondClaim);
  expect(read).toBeGreaterThan(0);
});

it("leases of a fast receiver what it takes in a moment, where that is more than its share times the prefetch", async () => {
  await using bench = await openEngineBench();
  const home = await bench.addTenant("a");
  const endpointId = await home.addEndpoint({ maxInFlight: 4 });
  for (let published = 0; published < 10; published += 1) await home.publish("a");
  await bench.database.script(`update queue set lease = null; ${PUT_LANE}`);
  const claim = async (hold: number): Promise<number> => {
    const input = {
      ...claimOf(endpointId, bench.clock.now()),
      perLane: 100,
      fast: { endpointIds: [endpointId], holds: [hold] },
    };
    const leased = await bench.database.transaction((transaction) => leaseFromLanes(transaction, input));
    return leased.length;
  };
  // What the node holds counts; of a slow one it may hold its share.
  expect(await claim(3)).toBe(4);
  expect(await claim(6)).toBe(2);
  expect(await claim(6)).toBe(0);
  expect(await claim(100)).toBe(4);
});
