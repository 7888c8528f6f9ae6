/** How records wait for each other and for the store: in one order, and again where the order was broken. */
import { expect, it } from "vitest";

import { describeWithPostgres } from "../../../test/support/database.ts";
import {
  type EngineBench,
  finishedAttempt,
  openEngineBench,
  readAttempts,
  readQueue,
} from "../../../test/support/engine-bench.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { openPostgres } from "../../db/postgres.ts";
import { claimDueDeliveries } from "../dispatch/claim-due-deliveries.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { writeRecord } from "./write-record.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";

const INSERT_LANE = {
  name: "test-insert-lane",
  text: "insert into lanes (endpoint_id, next_turn_at) values ($1::uuid, $2::timestamptz)",
};
const LOCK_LANE_NOW = {
  name: "test-lock-lane-now",
  text: "select 1 as locked from lanes where endpoint_id = $1::uuid for update nowait",
};
const TOUCH_DELIVERY = {
  name: "test-touch-delivery",
  text: "update queue set due_at = due_at where delivery_id = $1::bigint",
};
const BLOCKED = {
  name: "test-blocked",
  text: "select 1 as blocked from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
};

describeWithPostgres("a record", () => {
  it("takes the lanes that it frees after those that it waits for", async () => {
    await using scene = await setup();
    const { bench, other, retried, freedEndpointId, succeeded } = scene;

    const { recording } = await other.transaction(async (transaction) => {
      await transaction.query(INSERT_LANE, [retried.endpointId, bench.clock.now()]);
      const recording = scene.record(scene.retry(retried), finishedAttempt(succeeded, bench.clock.now()));
      await scene.untilBlocked();
      expect(await transaction.query(LOCK_LANE_NOW, [freedEndpointId])).toHaveLength(1);
      return { recording };
    });

    expect(await recording).toHaveLength(2);
  });

  it("is written again when it lost a deadlock", async () => {
    await using scene = await setup();
    const { bench, other, retried } = scene;

    const { recording } = await other.transaction(async (transaction) => {
      await transaction.query(INSERT_LANE, [retried.endpointId, bench.clock.now()]);
      const recording = scene.record(scene.retry(retried));
      await scene.untilBlocked();
      await transaction.query(TOUCH_DELIVERY, [retried.deliveryId]);
      return { recording };
    });

    expect(await recording).toHaveLength(1);
    expect(await readQueue(bench.database, retried.endpointId)).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(await readAttempts(bench.database, retried.endpointId)).toHaveLength(1);
  });
});

interface Scene extends AsyncDisposable {
  readonly bench: EngineBench;
  /** A connection of another node. */
  readonly other: Database;
  /** Held; its endpoint has no lane. */
  readonly retried: HeldDelivery;
  /** Held; its endpoint has a lane that its cap holds back. */
  readonly succeeded: HeldDelivery;
  readonly freedEndpointId: string;
  retry(delivery: HeldDelivery): FinishedAttempt;
  record(...finished: FinishedAttempt[]): ReturnType<typeof writeRecord>;
  untilBlocked(): Promise<void>;
}

async function setup(): Promise<Scene> {
  const bench = await openEngineBench();
  const other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
  const waiting = await bench.addTenant("a");
  const retriedEndpointId = await waiting.addEndpoint();
  await waiting.publish("a");
  const capped = await bench.addTenant("a");
  const freedEndpointId = await capped.addEndpoint({ maxInFlight: 1 });
  for (let count = 0; count < 6; count += 1) await capped.publish("a");
  let leases = 0;
  const { deliveries } = await claimDueDeliveries({
    ...bench,
    nextLease: () => (leases += 1),
    room: 100,
    defaultMaxInFlight: 16,
    capShare: WHOLE_CAP,
  });
  const heldOf = (endpointId: string): HeldDelivery => {
    const held = deliveries.find((delivery) => delivery.endpointId === endpointId);
    if (held === undefined) throw new Error("nothing was claimed");
    return held;
  };
  return {
    bench,
    other,
    retried: heldOf(retriedEndpointId),
    succeeded: heldOf(freedEndpointId),
    freedEndpointId,
    retry: (delivery) =>
      finishedAttempt(delivery, bench.clock.now(), {
        failed: "http_server_error",
        next: { state: "pending", dueAt: new Date(bench.clock.nowMs() + 5_000), parkUntil: null },
      }),
    record: (...finished) =>
      writeRecord(
        { database: bench.database, now: bench.clock.now(), eventIdDays: 30, defaultMaxInFlight: 16, onWaiting() {} },
        finished,
      ),
    async untilBlocked() {
      for (let look = 0; look < 2_000; look += 1) if (await isBlocked(other)) return;
      throw new Error("nothing came to wait for a lock");
    },
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await bench[Symbol.asyncDispose]();
    },
  };
}

async function isBlocked(database: Queryable): Promise<boolean> {
  return (await database.query(BLOCKED, [])).length > 0;
}
