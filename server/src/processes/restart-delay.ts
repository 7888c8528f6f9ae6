/**
 * How long a process that died is not started again: at once the first time, then doubling, so that one that dies at
 * its start does not take the machine with it. One that has served for a while starts over.
 */

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Serving that long says that what ended it was not its start. */
export const STEADY_MS = 60_000;

/** `quickDeaths`: deaths in a row, this one included, of processes that had not served for STEADY_MS. */
export function restartDelayMs(quickDeaths: number): number {
  if (quickDeaths <= 1) return 0;
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (quickDeaths - 2));
}
