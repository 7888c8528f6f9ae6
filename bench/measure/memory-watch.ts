/** Samples the resident memory of a server every second, and says how it grows: a leak shows as a slope. */
import { leastSquaresSlope } from "./least-squares.ts";
import { residentBytes } from "./process-usage.ts";

const SAMPLE_MS = 1_000;
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;

export class MemoryWatch implements Disposable {
  readonly #pids: readonly number[];
  readonly #samples: { atMs: number; bytes: number }[] = [];
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  /** @param pids of the server: they are watched with all they started. */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** MiB at the start of the watch; null where it is not measured. */
  atStart(): number | null {
    const [first] = this.#samples;
    return first === undefined ? null : first.bytes / MIB;
  }

  /** The most MiB that were seen. */
  peak(): number | null {
    this.#sample();
    return this.#samples.length === 0 ? null : Math.max(...this.#samples.map(({ bytes }) => bytes)) / MIB;
  }

  /** Resident MiB, second by second. */
  series(): number[] {
    return this.#samples.map(({ bytes }) => Math.round(bytes / MIB));
  }

  /** MiB a minute by least squares between these minutes of the watch; null where it has not lasted as long. */
  slope({ fromMinute, toMinute }: { readonly fromMinute: number; readonly toMinute: number }): number | null {
    if (performance.now() - this.#startedAt < toMinute * MINUTE_MS) return null;
    const points = this.#samples
      .map(({ atMs, bytes }) => ({ x: atMs / MINUTE_MS, y: bytes / MIB }))
      .filter(({ x }) => x >= fromMinute && x <= toMinute);
    return points.length < 2 ? null : leastSquaresSlope(points);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const resident = residentBytes(this.#pids);
    if (resident !== null) this.#samples.push({ atMs: performance.now() - this.#startedAt, bytes: resident.now });
  }
}
