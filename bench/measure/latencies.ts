/** Latencies of one phase in microseconds, kept whole: percentiles are of what happened, not of a bucket's edge. */

/** Milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export class Latencies {
  #micros = new Uint32Array(65_536);
  #count = 0;

  add(micros: number): void {
    if (this.#count === this.#micros.length) {
      const larger = new Uint32Array(this.#micros.length * 2);
      larger.set(this.#micros);
      this.#micros = larger;
    }
    this.#micros[this.#count] = micros;
    this.#count += 1;
  }

  summarize(): LatencySummary {
    const sorted = this.#micros.slice(0, this.#count).sort();
    const at = (share: number): number => (sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) / 1_000;
    return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  }
}
