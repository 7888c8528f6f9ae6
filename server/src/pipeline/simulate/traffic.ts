/**
 * The deliveries that a scenario makes, evenly from the start of the outage on, one group after the other. During the
 * outage a group is so large that there are at most so many of them; behind it, where only what they take away from the
 * drain matters, they may be larger.
 */
export class Traffic {
  /** Of the capacity, what is left over for the drain. */
  readonly sparePerSecond: number;
  /** Deliveries of a group, during the outage. */
  readonly groupOf: number;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #everyMs: number;
  readonly #laterCount: number;
  readonly #laterEveryMs: number;
  #index: number;
  #nextMs: number;

  constructor(of: {
    readonly startMs: number;
    readonly endMs: number;
    readonly eventsPerSecond: number;
    readonly capacityPerSecond: number;
    readonly publishesAtStart: boolean;
    readonly groupsMax: number;
    /** For how long after the outage deliveries of it may go on. */
    readonly afterMs: number;
  }) {
    const { startMs, endMs, eventsPerSecond, groupsMax } = of;
    this.sparePerSecond = of.capacityPerSecond - eventsPerSecond;
    const during = (eventsPerSecond * (endMs - startMs)) / 1000;
    const after = (eventsPerSecond * of.afterMs) / 1000;
    this.groupOf = Math.max(1, during / groupsMax);
    this.#laterCount = Math.max(this.groupOf, after / groupsMax);
    this.#everyMs = (this.groupOf * 1000) / eventsPerSecond;
    this.#laterEveryMs = (this.#laterCount * 1000) / eventsPerSecond;
    this.#startMs = startMs;
    this.#endMs = endMs;
    this.#index = of.publishesAtStart ? 0 : 1;
    this.#nextMs = eventsPerSecond === 0 ? Infinity : Math.round(startMs + this.#index * this.#everyMs);
  }

  /** More is made than can go out. */
  get exceeds(): boolean {
    return this.sparePerSecond <= 0;
  }

  get nextMs(): number {
    return this.#nextMs;
  }

  take(): { readonly atMs: number; readonly count: number } {
    const atMs = this.#nextMs;
    const isDuring = atMs < this.#endMs;
    this.#index += 1;
    // Counted from the start, so that no error adds up; times are whole milliseconds.
    this.#nextMs = Math.round(isDuring ? this.#startMs + this.#index * this.#everyMs : atMs + this.#laterEveryMs);
    return { atMs, count: isDuring ? this.groupOf : this.#laterCount };
  }
}
