/**
 * What this node has learned of the pace of receivers that asked for time (429 or 503 with `Retry-After`). Waiting as
 * long as a receiver asks is not enough: what gathered meanwhile would go out at once, most of it would be refused, and
 * each refusal asks for time again. Yet not every refusal is a matter of rate: one that refuses a tenth of all requests
 * refuses a tenth of slow ones too, and who slows down at each is slower each time, for nothing.
 *
 * Nothing starts while a receiver's time is not over. From the end of one such wait to the end of the next is a cycle,
 * and at its end is weighed what the receiver took in it, a second. Where little comes that is a measure of what came and
 * not of the receiver. So time in which nothing stood in line does not count, nor does a cycle at whose end nothing
 * stood there and which brought few answers.
 *
 *   state  cycle ended                             then
 *   -----  --------------------------------------  ------------------------------------------------------------
 *   none   the first refusal                       free for one cycle
 *   free   of as many as were meant to be, with    paced at a little less than all of them took: the measure
 *          enough answers to learn from
 *   paced  took most of the measure                paced at a little less than it took; after eight, free for one
 *   paced  took less: slower was not refused less  free, for twice as many cycles as the last time
 *   any    a minute without a refusal              none
 *
 * Free is to wait as asked and no more. While paced, the pace grows, slowly at first and ever faster: a limit that has
 * gone is soon forgotten. So a real limit is found and hardly ever refuses, and no receiver gets much less than waiting
 * alone would bring it.
 *
 * In memory of one node: several nodes learn their shares of the limit each for itself, since the refusals of all count
 * against all. Knows nothing of receivers that never asked.
 */
interface Pace {
  /** Nothing starts before. */
  heldUntilMs: number;
  /** Whether the cycle that this wait ends is still to be weighed. */
  isUnweighed: boolean;
  /** Whether something stood in line when the receiver asked. */
  wasPushed: boolean;
  /** The end of an earlier wait, from which is measured; null: none has ended. */
  sinceMs: number | null;
  /** Requests answered since, without asking again. */
  answered: number;
  /** Milliseconds since in which nothing stood in line, and no time was asked for. */
  idleMs: number;
  /** Since when nothing stands in line, or from when on if nothing comes until then; Infinity: something does. */
  idleSinceMs: number;
  /** Requests a second just after the wait; Infinity: free. */
  base: number;
  /** What it took a second while it was last free. */
  measure: number;
  /** Cycles until the state ends. */
  cyclesLeft: number;
  /** For how many cycles it was last free. */
  freeCycles: number;
  /** When the next request may start. */
  nextAtMs: number;
}

/** Below what the receiver takes, so that a refusal does not follow at once. */
const CAUTION = 0.85;
/** A pace that is a matter of rate brings nearly all of the measure, one that is not less than half. */
const MOST = 0.6;
/** Fewer answers say little, and for so many cycles more they are waited for. */
const FEW = 8;
const FEW_CYCLES_MAX = 4;
/** Before slower is tried again, which takes about two of them. */
const FREE_CYCLES_MAX = 8;
/** Then it is measured again: it may take more by now. A limit refuses seldom once it is known. */
const PACED_CYCLES_MAX = 8;
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
  #sweptAtMs = -Infinity;

  /** @param nowMs monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The receiver asked for `waitMs`. Of several refusals of one burst the first counts. */
  askedForTime(endpointId: string, waitMs: number): void {
    const nowMs = this.#nowMs();
    this.#sweep(nowMs);
    const pace = this.#paces.get(endpointId) ?? unknownPace();
    if (nowMs < pace.heldUntilMs) return;
    this.#paces.set(endpointId, pace);
    pace.heldUntilMs = nowMs + waitMs;
    pace.isUnweighed = true;
    pace.wasPushed = pace.idleSinceMs === Infinity;
    pace.idleMs += idleUntil(nowMs, pace);
    pace.idleSinceMs = pace.heldUntilMs;
  }

  /** With whatever status, but not by asking for time. */
  answered(endpointId: string): void {
    if (this.#paces.size === 0) return;
    const pace = this.#paces.get(endpointId);
    if (pace !== undefined) pace.answered += 1;
  }

  /**
   * Starts a request if one may start now and returns 0; otherwise milliseconds until one may.
   *
   * @param isLast nothing else stands in line for the receiver.
   */
  start(endpointId: string, isLast: boolean): number {
    if (this.#paces.size === 0) return 0;
    const pace = this.#paces.get(endpointId);
    if (pace === undefined) return 0;
    const nowMs = this.#nowMs();
    const idleMs = idleUntil(nowMs, pace);
    pace.idleSinceMs = Infinity;
    if (nowMs < pace.heldUntilMs) return pace.heldUntilMs - nowMs;
    if (isOver(pace, nowMs)) {
      this.#paces.delete(endpointId);
      return 0;
    }
    if (pace.isUnweighed) weigh(pace);
    pace.idleMs += idleMs;
    if (nowMs < pace.nextAtMs) return pace.nextAtMs - nowMs;
    pace.nextAtMs = Math.max(pace.nextAtMs, nowMs - LATE_MS) + 1_000 / paceNow(pace.base, nowMs - pace.heldUntilMs);
    if (isLast) pace.idleSinceMs = nowMs;
    return 0;
  }

  /** Receivers of which anything is known. */
  get size(): number {
    return this.#paces.size;
  }

  /** Once in a while: of those to which nothing was sent since. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAtMs < FORGOTTEN_AFTER_MS) return;
    this.#sweptAtMs = nowMs;
    for (const [endpointId, pace] of this.#paces) if (isOver(pace, nowMs)) this.#paces.delete(endpointId);
  }
}

function isOver({ heldUntilMs }: Pace, nowMs: number): boolean {
  return nowMs - heldUntilMs > FORGOTTEN_AFTER_MS;
}

/** Of a receiver that has not asked for time yet. */
function unknownPace(): Pace {
  return {
    heldUntilMs: -Infinity,
    isUnweighed: false,
    wasPushed: false,
    sinceMs: null,
    answered: 0,
    idleMs: 0,
    idleSinceMs: Infinity,
    base: Infinity,
    measure: 0,
    cyclesLeft: 1,
    freeCycles: 1,
    nextAtMs: -Infinity,
  };
}

/** Milliseconds in which nothing has stood in line. */
function idleUntil(nowMs: number, { idleSinceMs }: Pace): number {
  return Math.max(0, nowMs - idleSinceMs);
}

/** Ends a cycle, by the table above. What was answered during the wait had started before, and counts to the cycle. */
function weigh(pace: Pace): void {
  pace.isUnweighed = false;
  pace.nextAtMs = pace.heldUntilMs;
  const saysSomething = pace.wasPushed || pace.answered >= FEW;
  if (pace.sinceMs !== null && saysSomething) {
    const isFree = pace.base === Infinity;
    pace.cyclesLeft -= 1;
    // The cycles of one free time are measured as one.
    if (isFree && (pace.cyclesLeft > 0 || isTooFew(pace))) return;
    const took = (pace.answered * 1_000) / Math.max(1, pace.heldUntilMs - pace.sinceMs - pace.idleMs);
    if (isFree) endFreeTime(pace, took);
    else endPacedCycle(pace, took);
  }
  pace.sinceMs = pace.heldUntilMs;
  pace.answered = 0;
  pace.idleMs = 0;
}

/** A receiver that refuses a tenth refuses the second request as often as the twentieth. */
function isTooFew({ answered, cyclesLeft }: Pace): boolean {
  return answered < FEW && cyclesLeft > -FEW_CYCLES_MAX;
}

/** @param took requests a second. */
function endFreeTime(pace: Pace, took: number): void {
  pace.measure = took;
  pace.cyclesLeft = PACED_CYCLES_MAX;
  pace.base = paceBelow(took);
}

/** @param took requests a second. */
function endPacedCycle(pace: Pace, took: number): void {
  const isOfRate = took >= MOST * pace.measure;
  if (isOfRate && pace.cyclesLeft > 0) {
    pace.base = paceBelow(took);
    return;
  }
  pace.freeCycles = isOfRate ? 1 : Math.min(FREE_CYCLES_MAX, 2 * pace.freeCycles);
  pace.cyclesLeft = pace.freeCycles;
  pace.base = Infinity;
}

function paceBelow(took: number): number {
  return Math.max(SLOWEST_A_SECOND, CAUTION * took);
}

/** Requests a second so long after the receiver's time was over. The growth itself grows: exp(g · (2^(t/d) - 1)). */
function paceNow(base: number, sinceMs: number): number {
  const rate = (GROWTH_A_SECOND * GROWTH_DOUBLES_MS) / 1_000 / Math.LN2;
  return base * Math.exp(rate * (2 ** (sinceMs / GROWTH_DOUBLES_MS) - 1));
}
