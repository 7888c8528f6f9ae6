/**
 * What this node has learned of the pace of receivers that asked for time (429 or 503 with `Retry-After`). Waiting as
 * long as a receiver asks is not enough: what gathered meanwhile would go out at once, most of it would be refused, and
 * each refusal asks for time again.
 *
 *   asked for time      → nothing starts before that is over, and the pace is set a little below what the receiver took
 *                         from one refusal to the next, the wait between included
 *   nothing is refused  → the pace grows, slowly at first and ever faster: a limit that has gone is soon forgotten
 *
 * The first refusal says nothing of the pace yet; the second does. In memory of one node: several nodes learn their
 * shares of the limit each for itself, since the refusals of all count against all. Knows nothing of receivers that
 * never asked.
 */
interface Pace {
  /** Nothing starts before. */
  heldUntilMs: number;
  /** When it last asked for time; the pace grows from here. */
  askedAtMs: number;
  /** Requests answered since, without asking again. */
  answered: number;
  /** Requests a second just after it asked; null: not known yet. */
  base: number | null;
  /** When the next request may start. */
  nextAtMs: number;
}

/** Below what the receiver takes, so that a refusal does not follow at once. */
const CAUTION = 0.85;
/** By how much a second the pace grows at first, and after how long its growth has doubled. */
const GROWTH_A_SECOND = 0.005;
const GROWTH_DOUBLES_MS = 10_000;
const SLOWEST_A_SECOND = 1;
/** With the growth above, two hundred times as fast by then: whatever made the receiver ask is over. */
const FORGOTTEN_AFTER_MS = 60_000;
/** What a late timer may make good: a few milliseconds' worth at any pace, never a burst. */
const LATE_MS = 20;

export class ReceiverPaces {
  readonly #nowMs: () => number;
  readonly #paces = new Map<string, Pace>();

  /** @param nowMs monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The receiver asked for `waitMs`. Of several refusals of one burst the first counts. */
  askedForTime(endpointId: string, waitMs: number): void {
    const nowMs = this.#nowMs();
    const pace = this.#paces.get(endpointId);
    if (pace === undefined) {
      const heldUntilMs = nowMs + waitMs;
      this.#paces.set(endpointId, { heldUntilMs, askedAtMs: nowMs, answered: 0, base: null, nextAtMs: heldUntilMs });
      return;
    }
    if (nowMs < pace.heldUntilMs) return;
    const took = (pace.answered * 1_000) / Math.max(1, nowMs - pace.askedAtMs);
    pace.base = Math.max(SLOWEST_A_SECOND, CAUTION * took);
    pace.askedAtMs = nowMs;
    pace.answered = 0;
    pace.heldUntilMs = nowMs + waitMs;
    pace.nextAtMs = pace.heldUntilMs;
  }

  /** With whatever status, but not by asking for time. */
  answered(endpointId: string): void {
    if (this.#paces.size === 0) return;
    const pace = this.#paces.get(endpointId);
    if (pace !== undefined) pace.answered += 1;
  }

  /** Starts a request if one may start now and returns 0; otherwise milliseconds until one may. */
  start(endpointId: string): number {
    if (this.#paces.size === 0) return 0;
    const pace = this.#paces.get(endpointId);
    if (pace === undefined) return 0;
    const nowMs = this.#nowMs();
    if (nowMs < pace.heldUntilMs) return pace.heldUntilMs - nowMs;
    if (nowMs - pace.heldUntilMs > FORGOTTEN_AFTER_MS) {
      this.#paces.delete(endpointId);
      return 0;
    }
    if (pace.base === null) return 0;
    if (nowMs < pace.nextAtMs) return pace.nextAtMs - nowMs;
    pace.nextAtMs = Math.max(pace.nextAtMs, nowMs - LATE_MS) + 1_000 / paceNow(pace.base, nowMs - pace.heldUntilMs);
    return 0;
  }
}

/** Requests a second so long after the receiver's time was over. The growth itself grows: exp(g · (2^(t/d) - 1)). */
function paceNow(base: number, sinceMs: number): number {
  const rate = (GROWTH_A_SECOND * GROWTH_DOUBLES_MS) / 1_000 / Math.LN2;
  return base * Math.exp(rate * (2 ** (sinceMs / GROWTH_DOUBLES_MS) - 1));
}
