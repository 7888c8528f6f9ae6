/**
 * How many requests a credential may send to this node in a minute. Counted from its first request on, in memory: a
 * budget is about fairness, and asking a database for each request would cost more than most requests.
 * Memory is bounded: beyond so many counts the oldest is forgotten, and begins anew.
 */

export interface SpentBudget {
  readonly limit: number;
  readonly remaining: number;
  /** When the count begins anew, in Unix seconds. */
  readonly resetAt: number;
  /** Whole seconds to wait, when there was nothing left to spend; otherwise null. */
  readonly retryAfterSeconds: number | null;
}

interface Count {
  readonly endsAtMs: number;
  spent: number;
}

const WINDOW_MS = 60_000;
const COUNTS_MAX = 50_000;

export class RequestBudgets {
  readonly #counts = new Map<string, Count>();
  readonly #countsMax: number;

  constructor(countsMax = COUNTS_MAX) {
    this.#countsMax = countsMax;
  }

  /** Takes one request of at most `limit` in this minute. */
  spend({ who, limit, nowMs }: { readonly who: string; readonly limit: number; readonly nowMs: number }): SpentBudget {
    const count = this.#countOf(who, nowMs);
    const isSpent = count.spent >= limit;
    if (!isSpent) count.spent += 1;
    return {
      limit,
      remaining: Math.max(0, limit - count.spent),
      resetAt: Math.ceil(count.endsAtMs / 1000),
      retryAfterSeconds: isSpent ? Math.max(1, Math.ceil((count.endsAtMs - nowMs) / 1000)) : null,
    };
  }

  #countOf(who: string, nowMs: number): Count {
    const known = this.#counts.get(who);
    // A clock that was set back far must not hold anybody for longer than a window.
    if (known !== undefined && known.endsAtMs > nowMs && known.endsAtMs <= nowMs + WINDOW_MS) return known;
    this.#counts.delete(who);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= this.#countsMax && oldest !== undefined) this.#counts.delete(oldest);
    const count = { endsAtMs: nowMs + WINDOW_MS, spent: 0 };
    this.#counts.set(who, count);
    return count;
  }
}
