/**
 * Rests between the commits of a node that is behind and adds to what it is behind with: then what is published would
 * only wait, behind what the node is draining already, and cost it what it needs for that. Publishers that wait for
 * their answers so go as fast as their events are delivered, and nothing piles up. See decision 6.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** How long it rests, in times of what the last commit took, and at most. */
const REST_FACTOR = 3;
const REST_MAX_MS = 100;

export class BacklogRest {
  readonly #isBehind: () => boolean;
  /** The last commit put most of what it stored into lanes; some always waits for receivers that hang. */
  #piled = false;
  #untilMs = 0;

  constructor(isBehind: () => boolean) {
    this.#isBehind = isBehind;
  }

  /** Whether the next commit would add to what the node is behind with. */
  get isDue(): boolean {
    return this.#piled && this.#isBehind();
  }

  async take(): Promise<void> {
    const ms = this.#untilMs - performance.now();
    if (ms > 0 && this.isDue) await sleep(Math.ceil(ms));
  }

  /** A commit ended. `piles`: see LeasingCommit. Times are monotonic milliseconds. */
  note({ startedMs, endedMs, piles }: { startedMs: number; endedMs: number; piles: boolean }): void {
    this.#piled = piles;
    this.#untilMs = endedMs + Math.min(REST_FACTOR * (endedMs - startedMs), REST_MAX_MS);
  }
}
