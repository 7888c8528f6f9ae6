/** How long the secret before goes on signing: the bounds of an overlap, and one that waits for a rehearsal. */
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { Overlap } from "./secret-lifecycle.ts";

export const OVERLAP_SECONDS_DEFAULT = 86_400;
/** Thirty days: who has not changed over by then is not going to. */
export const OVERLAP_SECONDS_MAX = 2_592_000;

/** Throws `validation_failed` for what is no whole number of seconds from `min` to thirty days. */
export function toOverlapMs(seconds: number, { min }: { readonly min: 0 | 1 }): number {
  if (!Number.isInteger(seconds) || seconds < min || seconds > OVERLAP_SECONDS_MAX) {
    const message = `An overlap is a whole number of seconds from ${min} to ${OVERLAP_SECONDS_MAX}.`;
    refuseProblems([{ path: "/overlapSeconds", code: "out_of_bounds", message }]);
  }
  return seconds * 1000;
}

/**
 * The overlap that a rotation asks for, from the time it happens on; null where everything before ends at once. One that
 * requires a rehearsal is held open for as long as an overlap may be, until that has passed.
 * Throws `validation_failed` for a length out of bounds, or one of 0 that is to be held open.
 */
export function planOverlap(input: {
  readonly overlapSeconds?: number | undefined;
  readonly requireRehearsal?: boolean | undefined;
}): (now: Date) => Overlap | null {
  const overlapMs = toOverlapMs(input.overlapSeconds ?? OVERLAP_SECONDS_DEFAULT, { min: 0 });
  if (input.requireRehearsal === true && overlapMs === 0) {
    const message = "Without an overlap there is nothing that a rehearsal could hold open. Leave requireRehearsal out.";
    refuseProblems([{ path: "/requireRehearsal", code: "no_overlap", message }]);
  }
  return (now) => {
    const end = new Date(now.getTime() + overlapMs);
    if (overlapMs === 0) return null;
    if (input.requireRehearsal !== true) return { overlapEndsAt: end };
    return { overlapEndsAt: new Date(now.getTime() + OVERLAP_SECONDS_MAX * 1000), plannedEndsAt: end };
  };
}
