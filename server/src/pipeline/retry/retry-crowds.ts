/**
 * Keeps the retries of an outage apart. What fails within a minute at a busy endpoint is due again within a minute or
 * two, jitter included: half as much again as the endpoint's usual load, all at once, at a receiver that has only just
 * come back. Where more retries of one endpoint would fall into one second than a tenth of what it is usually sent, the
 * later ones move on to the next second with room. After a long outage there is none near enough: then the emptiest takes
 * it, up to four times as many.
 *
 * In memory of one node, which has its share of the endpoint's load and so plans its share of the retries. Knows
 * nothing of endpoints whose requests succeed, and costs them nothing.
 */
const SECOND_MS = 1_000;
/** Retries in one second, beside the first tries an endpoint has in it. */
const SHARE_OF_LOAD = 0.1;
/** Where all seconds that are near enough have so many, they take more, evenly, up to this. */
const LARGEST_SHARE = 0.4;
/** So many a second are no crowd anywhere. */
const NO_CROWD = 10;
/** Over so long the load is measured: by first tries, which an outage does not change. */
const LOAD_MS = 10_000;
/** A shorter wait asks whether the receiver is back: that is to be known soon. */
const SHORTEST_WAIT_MS = 60_000;
/** The jitter of a longer wait keeps retries apart by itself. */
const LONGEST_WAIT_MS = 3_600_000;
/** A retry moves on by no more than twice its wait, nor by more than this. */
const MOVED_MAX_MS = 600_000;
/** Nothing failed for so long: what is planned is left to its times, and the endpoint is forgotten. */
const FORGOTTEN_AFTER_MS = 900_000;

interface Crowd {
  /** Retries planned so far, by the second they are due in. */
  readonly planned: Map<number, number>;
  load: { sinceMs: number; tries: number; perSecond: number };
  lastMs: number;
}

export interface PlannedRetry {
  readonly endpointId: string;
  /** Whether the try that failed was its delivery's first. */
  readonly isFirst: boolean;
  readonly nowMs: number;
  /** Milliseconds from `nowMs` at which it would be due. */
  readonly waitMs: number;
}

export class RetryCrowds {
  readonly #crowds = new Map<string, Crowd>();
  #sweptMs = 0;

  /** Milliseconds from `nowMs` at which the retry is due: `waitMs`, or a little later. */
  place({ endpointId, isFirst, nowMs, waitMs }: PlannedRetry): number {
    this.#sweep(nowMs);
    const crowd = this.#of(endpointId, nowMs);
    if (isFirst) noteLoad(crowd, nowMs);
    if (waitMs < SHORTEST_WAIT_MS || waitMs > LONGEST_WAIT_MS) return waitMs;
    const dueMs = nowMs + waitMs;
    const first = Math.floor(dueMs / SECOND_MS);
    const last = Math.floor((dueMs + Math.min(2 * waitMs, MOVED_MAX_MS)) / SECOND_MS);
    const second = findSecond(crowd, first, last);
    crowd.planned.set(second, (crowd.planned.get(second) ?? 0) + 1);
    return waitMs + (second - first) * SECOND_MS;
  }

  /** Endpoints that are known to fail. */
  get size(): number {
    return this.#crowds.size;
  }

  #of(endpointId: string, nowMs: number): Crowd {
    const known = this.#crowds.get(endpointId);
    if (known !== undefined) {
      known.lastMs = nowMs;
      return known;
    }
    const crowd = { planned: new Map(), load: { sinceMs: nowMs, tries: 0, perSecond: 0 }, lastMs: nowMs };
    this.#crowds.set(endpointId, crowd);
    return crowd;
  }

  /** Once in a while: seconds that are over, and endpoints that fail no more. */
  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < LOAD_MS) return;
    this.#sweptMs = nowMs;
    const now = Math.floor(nowMs / SECOND_MS);
    for (const [endpointId, { planned, lastMs }] of this.#crowds) {
      if (Math.abs(nowMs - lastMs) > FORGOTTEN_AFTER_MS) this.#crowds.delete(endpointId);
      else for (const second of planned.keys()) if (second < now) planned.delete(second);
    }
  }
}

/** The first with room, else the first of those with the fewest; where all are full, the one that the jitter chose. */
function findSecond({ planned, load }: Crowd, first: number, last: number): number {
  const room = Math.max(NO_CROWD, SHARE_OF_LOAD * load.perSecond);
  let fewest = Math.max(NO_CROWD, LARGEST_SHARE * load.perSecond);
  let found = first;
  for (let second = first; second <= last; second += 1) {
    const count = planned.get(second) ?? 0;
    if (count < room) return second;
    if (count >= fewest) continue;
    fewest = count;
    found = second;
  }
  return found;
}

/** The mean of the last whole span; of the first one, so far. */
function noteLoad({ load }: Crowd, nowMs: number): void {
  const forMs = nowMs - load.sinceMs;
  load.tries += 1;
  if (forMs < 0 || forMs >= LOAD_MS) {
    load.perSecond = (load.tries * SECOND_MS) / Math.max(LOAD_MS, forMs);
    load.sinceMs = nowMs;
    load.tries = 0;
    return;
  }
  load.perSecond = Math.max(load.perSecond, (load.tries * SECOND_MS) / LOAD_MS);
}
