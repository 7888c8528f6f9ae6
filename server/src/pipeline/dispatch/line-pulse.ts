/** How fast a receiver answers: the requests to it that ended within a moment, the last full one or the one that runs. */

const MOMENT_MS = 250;

export class LinePulse {
  #beganAtMs: number;
  #beats = 0;
  #before = 0;

  constructor(nowMs: number) {
    this.#beganAtMs = nowMs;
  }

  /** A request ended. */
  beat(nowMs: number): void {
    this.#turn(nowMs);
    this.#beats += 1;
  }

  read(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#beats, this.#before);
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#beganAtMs;
    if (passedMs < MOMENT_MS) return;
    this.#before = passedMs < 2 * MOMENT_MS ? this.#beats : 0;
    this.#beats = 0;
    this.#beganAtMs = nowMs;
  }
}
