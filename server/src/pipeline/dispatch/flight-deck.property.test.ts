import fc from "fast-check";
import { expect, it } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import { FlightDeck } from "./flight-deck.ts";
import { WHOLE_CAP } from "./cap-share.ts";

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("take" as const), endpoint: fc.nat(3), count: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant("end" as const), which: fc.nat(20) }),
  ),
  { maxLength: 60 },
);

it("never goes above a cap, and runs everything it took exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
      async (walk, maxInFlight, caps) => {
        const running = new Map<number, () => void>();
        const active = new Map<string, number>();
        const run: number[] = [];
        const deck = new FlightDeck({
          maxInFlight,
          maxHeld: 1_000,
          capShare: () => WHOLE_CAP,
          maxHeldBytes: 1_000_000,
          maxDeliveryBytes: 100,
          run: ({ deliveryId, endpointId, maxInFlight: cap }) => {
            const count = (active.get(endpointId) ?? 0) + 1;
            expect(count).toBeLessThanOrEqual(cap);
            active.set(endpointId, count);
            run.push(deliveryId);
            const { promise, resolve } = Promise.withResolvers<void>();
            running.set(deliveryId, () => {
              running.delete(deliveryId);
              active.set(endpointId, (active.get(endpointId) ?? 0) - 1);
              resolve();
            });
            expect(running.size).toBeLessThanOrEqual(maxInFlight);
            return promise;
          },
          onRoom() {},
        });
        const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
        let taken = 0;
        for (const step of walk) {
          if (step.kind === "take") {
            deck.take(
              Array.from({ length: step.count }, () =>
                heldDelivery({
                  deliveryId: (taken += 1),
                  endpointId: String(step.endpoint),
                  maxInFlight: caps[step.endpoint] ?? 1,
                }),
              ),
            );
          } else {
            [...running.values()][step.which % Math.max(1, running.size)]?.();
            await settle();
          }
        }
        while (running.size > 0) {
          for (const end of [...running.values()]) end();
          await settle();
        }
        await deck.drained();
        expect(run.sort((a, b) => a - b)).toEqual(Array.from({ length: taken }, (_, index) => index + 1));
        expect([deck.held, deck.active]).toEqual([0, 0]);
      },
    ),
  );
});
