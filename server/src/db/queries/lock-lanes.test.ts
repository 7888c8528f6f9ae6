/** How a claim waits for a lane that somebody else holds. */
import { expect, it } from "vitest";

import { describeWithPostgres } from "../../../test/support/database.ts";
import { type EngineBench, openEngineBench } from "../../../test/support/engine-bench.ts";
import { WHOLE_CAP } from "../../pipeline/dispatch/cap-share.ts";
import { type ClaimResult, claimDueDeliveries } from "../../pipeline/dispatch/claim-due-deliveries.ts";
import type { Database, Queryable } from "../database.ts";
import { openPostgres } from "../postgres.ts";

const LOCK_LANE = {
  name: "test-lock-lane",
  text: "select 1 as locked from lanes where endpoint_id = $1::uuid for update",
};
const BLOCKED = {
  name: "test-blocked",
  text: "select 1 as blocked from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
};

let leases = 0;
const claim = (bench: EngineBench, isPatient: boolean): Promise<ClaimResult> =>
  claimDueDeliveries({
    database: bench.database,
    clock: bench.clock,
    nextLease: () => (leases += 1),
    room: 10,
    isPatient,
    defaultMaxInFlight: 16,
    capShare: WHOLE_CAP,
  });

async function holdLane<Result>(
  other: Database,
  endpointId: string,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  return other.transaction(async (transaction) => {
    expect(await transaction.query(LOCK_LANE, [endpointId])).toHaveLength(1);
    return work(transaction);
  });
}

describeWithPostgres("a lane that somebody holds", () => {
  it("is passed over, or waited for by a patient claim, which leases what it then finds", async () => {
    await using bench = await openEngineBench();
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const home = await bench.addTenant("a");
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    const { waiting } = await holdLane(other, endpointId, async () => {
      expect(await claim(bench, false)).toMatchObject({ lanes: 0, deliveries: [] });
      const patient = claim(bench, true);
      while ((await other.query(BLOCKED, [])).length === 0);
      return { waiting: patient };
    });
    expect(await waiting).toMatchObject({ lanes: 1, deliveries: [{ endpointId }] });
  });

  it("is not waited for without an end", async () => {
    await using bench = await openEngineBench();
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const home = await bench.addTenant("a");
    const endpointId = await home.addEndpoint();
    await home.publish("a");
    await holdLane(other, endpointId, async () => {
      expect(await claim(bench, true)).toMatchObject({ lanes: 0, deliveries: [] });
    });
    expect(await claim(bench, true)).toMatchObject({ lanes: 1, deliveries: [{ endpointId }] });
  });

  it("may be one of many: a patient claim takes the one that has waited longest", async () => {
    await using bench = await openEngineBench();
    const home = await bench.addTenant("a");
    const first = await home.addEndpoint();
    await home.publish("a");
    bench.clock.advance(10);
    const second = await home.addEndpoint();
    await home.publish("a");
    const claimed = [await claim(bench, true), await claim(bench, true)];
    expect(claimed.map(({ deliveries }) => deliveries[0]?.endpointId)).toEqual([first, second]);
  });
});
