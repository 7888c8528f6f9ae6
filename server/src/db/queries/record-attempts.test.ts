/** What a record reads: its plan is made whenever the queue's statistics are, and the queue is mostly what ended. */
import { expect, it } from "vitest";

import { finishedAttempt, openEngineBench } from "../../../test/support/engine-bench.ts";
import { entriesRead, queueCopies } from "../../../test/support/entries-read.ts";
import { buildRecordBatch } from "../../pipeline/record/build-record-batch.ts";
import type { FinishedAttempt } from "../../pipeline/record/finished-attempt.ts";
import { claimDueDeliveries } from "../../pipeline/dispatch/claim-due-deliveries.ts";
import { WHOLE_CAP } from "../../pipeline/dispatch/cap-share.ts";
import { recordAttempts } from "./record-attempts.ts";

const MANY = 30_000;
/** A generic plan is made with the sixth call at the latest. */
const CALLS = 8;
it.each<FinishedAttempt["next"]["state"]>(["succeeded", "pending"])(
  "finds what is %s by its key, and not by a look at all that was in flight",
  async (state) => {
    await using bench = await openEngineBench();
    const home = await bench.addTenant("a");
    const endpointId = await home.addEndpoint();
    for (let call = 0; call < 2 * CALLS; call += 1) await home.publish("a");
    const { deliveries } = await claimDueDeliveries({
      ...bench,
      nextLease: () => 1,
      room: 2 * CALLS,
      defaultMaxInFlight: 2 * CALLS,
      capShare: WHOLE_CAP,
    });
    expect(deliveries).toHaveLength(2 * CALLS);
    await bench.database.script(queueCopies({ many: MANY, endpointId: "tenant_id", lease: "lease" }));
    await bench.database.script(`delete from queue where endpoint_id <> '${endpointId}'`);
    await bench.database.script("analyze queue");

    const read = await bench.database.transaction((transaction) =>
      entriesRead(transaction, "queue_in_flight", async () => {
        for (const delivery of deliveries.slice(0, CALLS)) {
          const now = bench.clock.now();
          const next = state === "pending" ? { state, dueAt: now, parkUntil: null } : { state: "succeeded" as const };
          const batch = buildRecordBatch([finishedAttempt(delivery, now, { next })], { now, recoveredEndpointIds: [] });
          expect(await recordAttempts(transaction, batch)).toHaveLength(1);
        }
      }),
    );
    expect(read).toBeLessThan(MANY / 5);
  },
);
