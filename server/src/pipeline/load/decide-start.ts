/**
 * Decides (pure) whether a leased delivery may be sent now: the endpoint may have been paused, disabled or deleted
 * since it was leased, or be sealed with a key that is not at hand. What may not be sent waits or ends; no try is spent.
 */
import type { HeldDelivery } from "../held-delivery.ts";
import type { FinishedAttempt, NextStep } from "../record/finished-attempt.ts";
import { withoutAttempt } from "../record/without-attempt.ts";
import type { LoadedTarget } from "./load-target.ts";
import type { Target } from "./target.ts";

export type Start =
  | { readonly kind: "send"; readonly target: Target }
  | { readonly kind: "settled"; readonly finished: FinishedAttempt };

/** Soon after an operator brings the key back, seldom enough to cost nothing until then. */
const KEY_WAIT_MS = 60_000;

export function decideStart(delivery: HeldDelivery, loaded: LoadedTarget, now: Date): Start {
  switch (loaded.kind) {
    case "gone":
      return settled(delivery, { state: "cancelled", reason: "endpoint_deleted" }, now);
    case "key_unavailable": {
      const until = new Date(now.getTime() + KEY_WAIT_MS);
      return settled(delivery, { state: "pending", dueAt: until, parkUntil: until }, now, "key_unavailable");
    }
    case "ready":
      return decideByStatus(delivery, loaded.target, now);
  }
}

function decideByStatus(delivery: HeldDelivery, target: Target, now: Date): Start {
  if (delivery.source === "probe" && delivery.probe === null) {
    return settled(delivery, { state: "cancelled", reason: "interrupted" }, now);
  }
  switch (target.status) {
    case "active":
      return { kind: "send", target };
    case "paused":
      // A test goes out while paused: it is how an owner sees whether resuming is safe.
      if (delivery.source === "test" || delivery.source === "probe") return { kind: "send", target };
      return settled(delivery, { state: "pending", dueAt: now, parkUntil: null }, now);
    case "disabled":
      return settled(delivery, { state: "cancelled", reason: "endpoint_disabled" }, now);
    case "deleted":
      return settled(delivery, { state: "cancelled", reason: "endpoint_deleted" }, now);
  }
}

function settled(delivery: HeldDelivery, next: NextStep, now: Date, heldClass: "key_unavailable" | null = null): Start {
  return { kind: "settled", finished: withoutAttempt(delivery, next, now, heldClass) };
}
