/** Any event of the life cycle, with ends counted from the time it happens; and time passing. */
import fc from "fast-check";

import type { SecretEvent } from "../../src/core/secrets/secret-lifecycle.ts";

export type SecretStep =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly toEvent: (now: Date) => SecretEvent };

const overlapMs = fc.constantFrom(1, 1000, 60_000, 86_400_000, 2_592_000_000);

const plain = fc.constantFrom(
  ...(["create", "stage", "unstage", "activate_now", "replace", "cancel", "expire_retiring", "overlap_ends"] as const),
);
const overlapping = fc.constantFrom(
  ...(["activate", "rotate", "rotate_expiring_old", "rotate_discarding_new", "rotate_keeping_old"] as const),
);
const moving = fc.constantFrom("extend" as const, "shorten" as const);

/** No `delete_endpoint`: nothing follows it. */
export const secretStep: fc.Arbitrary<SecretStep> = fc.oneof(
  plain.map((kind): SecretStep => ({ toEvent: () => ({ kind }) })),
  fc
    .tuple(overlapping, overlapMs)
    .map(([kind, ms]): SecretStep => ({ toEvent: (now) => ({ kind, overlapEndsAt: later(now, ms) }) })),
  fc
    .tuple(moving, fc.option(fc.integer({ min: 1, max: 8 })), overlapMs)
    .map(([kind, number, ms]): SecretStep => ({ toEvent: (now) => ({ kind, number, overlapEndsAt: later(now, ms) }) })),
  fc.constantFrom(1, 999, 1000, 60_000, 90_000_000).map((ms): SecretStep => ({ kind: "wait", ms })),
);

export function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
