/** The bounds of an overlap: how long the secret before goes on signing. */
import { refuseProblems } from "../errors/refuse-problems.ts";

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
