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
  /** The last commit put something into a lane. */
  #leftWaiting = false;
  #untilMs = 0;

  constructor(isBehind: () => boolean) {
    this.#isBehind = isBehind;
  }

  /** Whether the next commit would add to what the node is behind with. */
  get isDue(): boolean {
    return this.#leftWaiting && this.#isBehind();
  }

  async take(): Promise<void> {
    const ms = this.#untilMs - performance.now();
    if (ms > 0 && this.isDue) await sleep(Math.ceil(ms));
  }

  /** A commit ended. Times are monotonic milliseconds. */
  note({ startedMs, endedMs, waits }: { startedMs: number; endedMs: number; waits: boolean }): void {
    this.#leftWaiting = waits;
    this.#untilMs = endedMs + Math.min(REST_FACTOR * (endedMs - startedMs), REST_MAX_MS);
  }
}
