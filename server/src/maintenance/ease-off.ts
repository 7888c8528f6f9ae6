/**
 * A task that looks often while there is something to do, and seldom once nothing was found for a while: what an idle
 * server costs is its looks. It starts seldom; the first look that finds something makes it look often.
 */
import type { RecurringTask } from "./run-every.ts";

export interface EasedTask {
  readonly name: string;
  /** Resolves to how much it found. */
  readonly runOnce: () => Promise<number>;
  /** From one run to the next while something is found. */
  readonly oftenMs: number;
  /** And after `quietRuns` runs in a row that found nothing. */
  readonly seldomMs: number;
  readonly quietRuns: number;
}

export function easeOff({ name, runOnce, oftenMs, seldomMs, quietRuns }: EasedTask): RecurringTask {
  let quiet = quietRuns;
  return {
    name,
    intervalMs: () => (quiet < quietRuns ? oftenMs : seldomMs),
    async runOnce() {
      const found = await runOnce();
      quiet = found > 0 ? 0 : quiet + 1;
    },
  };
}
