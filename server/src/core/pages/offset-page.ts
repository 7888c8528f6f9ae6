/**
 * One page of a list, read by its place: for contracts that page by offset. It costs what is before it, so it ends at
 * ten thousand; a caller who wants more of a list follows a cursor.
 */
import { refuseProblems } from "../errors/refuse-problems.ts";

export const OFFSET_MAX = 10_000;

export interface OffsetPage<Item> {
  readonly items: readonly Item[];
  /** Of the whole list. */
  readonly count: number;
}

/** Throws `validation_failed` at `/offset`. */
export function requireReachable(offset: number): void {
  if (offset <= OFFSET_MAX) return;
  const message = `Ensure this value is less than or equal to ${OFFSET_MAX}.`;
  refuseProblems([{ path: "/offset", code: "out_of_bounds", message }]);
}
