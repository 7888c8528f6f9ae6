/**
 * Receivers in virtual time, and a sender that goes by what `ReceiverPaces` says: what a pace brings is looked at over
 * minutes, in milliseconds.
 */
import { ReceiverPaces } from "../../src/pipeline/dispatch/receiver-paces.ts";

const ENDPOINT = "00000000-0000-4000-8000-000000000001";

/** Whether a receiver takes a request that comes now. */
export type Receiver = (nowMs: number) => boolean;

/** A token bucket that holds a second's worth. */
export function limitOf(perSecond: (nowMs: number) => number): Receiver {
  let tokens = perSecond(0);
  let filledAtMs = 0;
  return (nowMs) => {
    const limit = perSecond(nowMs);
    tokens = Math.min(limit, tokens + ((nowMs - filledAtMs) * limit) / 1_000);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Refuses one request in so many, however fast they come. */
export function everyNth(n: number): Receiver {
  let count = 0;
  return () => {
    count += 1;
    return count % n !== 0;
  };
}

/** Refuses each request by chance, however fast they come (draws by Park and Miller, 1988). */
export function shareOf(share: number): Receiver {
  let state = 20_261_127;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 >= share;
  };
}

/** One receiver until a time, another from then on. */
export function change(atMs: number, before: Receiver, after: Receiver): Receiver {
  return (nowMs) => (nowMs < atMs ? before(nowMs) : after(nowMs));
}

/** Waits as long as it is asked to, and learns nothing. */
export class WaitingAlone {
  readonly #nowMs: () => number;
  #heldUntilMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  askedForTime(_endpointId: string, waitMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#nowMs() + waitMs);
  }

  answered(): void {}

  start(): number {
    return Math.max(0, this.#heldUntilMs - this.#nowMs());
  }
}

/** Deliveries that a claim brings at most; another one is made when nothing stands in line. */
export const CLAIM = 64;

/**
 * Sends to a receiver in virtual time what comes at a rate (always something, where none is given): up to its cap at
 * once (sixteen, where none is given) where nothing holds them. Who is refused is asked to wait, and comes again.
 */
export function simulate(input: {
  readonly receiver: Receiver;
  readonly seconds: number;
  readonly waitMs?: number;
  readonly cap?: number;
  readonly comingPerSecond?: (nowMs: number) => number;
  /** What comes at once, beside that. */
  readonly burst?: { readonly atMs: number; readonly count: number };
  readonly Paces?: typeof ReceiverPaces | typeof WaitingAlone;
}) {
  const { receiver, seconds, waitMs: askedMs = 1_000, cap = 16 } = input;
  const { comingPerSecond = () => Infinity, Paces = ReceiverPaces } = input;
  const { atMs: burstAtMs, count: burst } = input.burst ?? { atMs: Infinity, count: 0 };
  let clearedAtMs = Infinity;
  let nowMs = 0;
  let waiting = 0;
  let inLine = 0;
  const paces = new Paces(() => nowMs);
  const requests: number[] = [];
  const refused: number[] = [];
  while (nowMs < seconds * 1_000) {
    let started = 0;
    let waitMs = 0;
    if (inLine === 0) inLine = Math.min(CLAIM, Math.ceil(waiting));
    while (started < cap && inLine > 0 && waitMs === 0) {
      waitMs = paces.start(ENDPOINT, inLine === 1);
      if (waitMs > 0) continue;
      started += 1;
      inLine -= 1;
    }
    for (let one = 0; one < started; one += 1) {
      requests.push(nowMs);
      if (receiver(nowMs)) {
        waiting -= 1;
        paces.answered(ENDPOINT);
      } else {
        refused.push(nowMs);
        inLine = 0;
        paces.askedForTime(ENDPOINT, askedMs);
      }
    }
    const passMs = Math.max(2, Math.ceil(waitMs));
    waiting += (comingPerSecond(nowMs) * passMs) / 1_000;
    if (nowMs < burstAtMs && nowMs + passMs >= burstAtMs) waiting += burst;
    nowMs += passMs;
    if (nowMs > burstAtMs && waiting < 1) clearedAtMs = Math.min(clearedAtMs, nowMs);
  }
  const within = (times: readonly number[], from: number, to: number): number =>
    times.filter((at) => at >= from * 1_000 && at < to * 1_000).length / (to - from);
  return {
    /** Seconds until nothing waited of what came at once. */
    cleared: (clearedAtMs - burstAtMs) / 1_000,
    requests: (from: number, to: number) => within(requests, from, to),
    refused: (from: number, to: number) => within(refused, from, to),
    taken: (from: number, to: number) => within(requests, from, to) - within(refused, from, to),
  };
}
