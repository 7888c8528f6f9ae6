/**
 * How many deliveries a recovery may resend now (pure). The rate is spent up to a time, `pacedUntil`; what has passed
 * since is what may be resent, of half a second and one delivery at most: after a pause, a stop or a full queue nothing
 * comes in one blow.
 * Written so that many steps, by whichever node, never give more than the rate between them.
 */

const SECOND_MS = 1_000;
/** What was not spent in this time, and that of one delivery, is let go. Longer than steps are apart, busy nodes' too. */
const CATCH_UP_MS = 500;

export interface RecoveryPace {
  /** Null: nothing was spent yet. */
  readonly pacedUntil: Date | null;
  /** 1 or more. */
  readonly ratePerSecond: number;
  readonly now: Date;
}

export interface RecoveryBudget {
  readonly deliveries: number;
  /** From when on the rate is spent. */
  readonly from: Date;
}

/** `pacedUntil` is later than now only when the clock was set back: then it counts from now. */
export function decideBudget({ pacedUntil, ratePerSecond, now }: RecoveryPace): RecoveryBudget {
  const nowMs = now.getTime();
  // A part of a delivery is carried from step to step: let go, a low rate would not be reached.
  const earliestMs = nowMs - CATCH_UP_MS - Math.ceil(SECOND_MS / ratePerSecond);
  const fromMs = Math.min(Math.max(pacedUntil?.getTime() ?? earliestMs, earliestMs), nowMs);
  return { deliveries: Math.floor(((nowMs - fromMs) * ratePerSecond) / SECOND_MS), from: new Date(fromMs) };
}

/** Up to when the rate is spent with these deliveries: never later than the budget was given. */
export function paceAfter({ from }: RecoveryBudget, deliveries: number, ratePerSecond: number): Date {
  // Rounded up: rounded down, many small steps would exceed the rate.
  return new Date(from.getTime() + Math.ceil((deliveries * SECOND_MS) / ratePerSecond));
}
