/** Samples the resident memory of one process every second, and says how it grows: a leak shows as a slope. */
import { residentBytes } from "./process-usage.ts";

const SAMPLE_MS = 1_000;
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;
/** The first minute fills caches and pools and settles the heap. */
const SLOPE_FROM_MS = 1 * MINUTE_MS;
const SLOPE_TO_MS = 5 * MINUTE_MS;

export class MemoryWatch implements Disposable {
  readonly #samples: { atMs: number; bytes: number }[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      const resident = residentBytes(pid);
      if (resident !== null) this.#samples.push({ atMs: performance.now() - this.#startedAt, bytes: resident.now });
    }, SAMPLE_MS);
  }

  /** Resident MiB, second by second. */
  series(): number[] {
    return this.#samples.map(({ bytes }) => Math.round(bytes / MIB));
  }

  /** MiB a minute by least squares over minutes 2 to 5; null for a shorter watch. */
  slope(): number | null {
    if (performance.now() - this.#startedAt < SLOPE_TO_MS) return null;
    const samples = this.#samples.filter(({ atMs }) => atMs >= SLOPE_FROM_MS && atMs <= SLOPE_TO_MS);
    return leastSquaresSlope(samples.map(({ atMs, bytes }) => ({ x: atMs / MINUTE_MS, y: bytes / MIB })));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function leastSquaresSlope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}
