/**
 * Decides when a micro-batch is large enough to be worth a commit. What comes in one turn of the event loop always
 * shares it. A lone caller never waits; beyond that a batch waits for two reasons, a few milliseconds at most:
 *
 * - Callers that are answered together come back together: while it is less than half of the last one, or the first of
 *   them would get a commit alone, and every second commit would be nearly empty.
 * - What a commit costs is mostly the same for one and for ten: under load the next begins `spacingMs` after the last
 *   one began, unless there are already as many as the largest of the last few batches had.
 */

/** Batches whose sizes are remembered. */
const REMEMBERED = 8;

export interface GathererSettings {
  /** Turns of a millisecond to wait for callers that come back. */
  readonly backMs: number;
  /** From the beginning of one commit to that of the next, at least. */
  readonly spacingMs: number;
}

export class BatchGatherer {
  readonly #settings: GathererSettings;
  readonly #sizes: number[] = [];
  #beganAtMs = -Infinity;

  constructor(settings: GathererSettings) {
    this.#settings = settings;
  }

  /** Resolves when the batch is worth its commit. */
  async gather(waiting: () => number): Promise<void> {
    const { backMs } = this.#settings;
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let turn = 0; (turn < backMs && this.#comesBack(waiting())) || this.#isEarly(waiting()); turn += 1) {
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
    }
  }

  /** So many that came while a commit was under way, which has ended, are worth the next one at once. */
  isWorth(waiting: number): boolean {
    return waiting > 0 && !this.#comesBack(waiting) && !this.#isEarly(waiting);
  }

  #comesBack(waiting: number): boolean {
    return waiting * 2 < (this.#sizes.at(-1) ?? 0);
  }

  #isEarly(waiting: number): boolean {
    return waiting < Math.max(0, ...this.#sizes) && performance.now() - this.#beganAtMs < this.#settings.spacingMs;
  }

  /** The commit of so many begins. */
  began(size: number): void {
    this.#beganAtMs = performance.now();
    this.#sizes.push(size);
    if (this.#sizes.length > REMEMBERED) this.#sizes.shift();
  }
}
