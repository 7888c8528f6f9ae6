/**
 * What holds an endpoint's deliveries back, in virtual time: its in-flight cap, its rate limit (paced as
 * lease-from-lanes.ts paces it, with a tenth of a second's burst), and the time that a receiver asked for. A group of
 * more deliveries than the cap has room for takes all of it, for as long as they take one after the other.
 */
import type { SimulatedRules } from "./simulated-rules.ts";

const BURST_MS = 100;
/** Groups are no whole numbers; what is left of their sums is not room for anything. */
const ERROR = 1e-6;

export class SimulatedLane {
  readonly #rules: Pick<SimulatedRules, "maxInFlight" | "rateLimitPerSecond">;
  #free: number;
  #pacedUntilMs = -Infinity;
  #parkedUntilMs = -Infinity;

  constructor(rules: Pick<SimulatedRules, "maxInFlight" | "rateLimitPerSecond">) {
    this.#rules = rules;
    this.#free = rules.maxInFlight;
  }

  /** When a group may start that is due then; Infinity while the cap has no room for it. */
  startsAt(count: number, dueMs: number): number {
    if (this.#free < Math.min(count, 1) - ERROR) return Infinity;
    const { rateLimitPerSecond: rate } = this.#rules;
    const periodMs = rate === null ? 0 : 1000 / rate;
    const tokenMs = rate === null ? -Infinity : this.#pacedUntilMs - Math.max(BURST_MS, periodMs) + periodMs;
    return Math.max(dueMs, this.#parkedUntilMs, tokenMs);
  }

  /** How many of a group start together: those that there is room for, or `most` if the cap is free of others. */
  fits(count: number, most: number): number {
    const isEmpty = this.#free >= this.#rules.maxInFlight - ERROR;
    return Math.min(count, isEmpty ? most : Math.max(this.#free, Math.min(count, 1)));
  }

  /** Returns when it ends, if one of them takes `eachMs`. */
  start(count: number, atMs: number, eachMs: number): number {
    const { maxInFlight, rateLimitPerSecond: rate } = this.#rules;
    this.#free -= this.#room(count);
    const byCapMs = eachMs * Math.max(1, count / maxInFlight);
    if (rate === null) return atMs + byCapMs;
    this.#pacedUntilMs = Math.max(this.#pacedUntilMs, atMs) + (count * 1000) / rate;
    return atMs + Math.max(byCapMs, eachMs + ((count - 1) * 1000) / rate);
  }

  /** How many can go out in so long, if one of them takes `eachMs`; as many as the cap at least. */
  within(ms: number, eachMs: number): number {
    const { maxInFlight, rateLimitPerSecond: rate } = this.#rules;
    const byCap = eachMs === 0 ? Infinity : (maxInFlight * ms) / eachMs;
    const byRate = rate === null ? Infinity : (rate * ms) / 1000;
    return Math.max(maxInFlight, Math.min(byCap, byRate));
  }

  end(count: number): void {
    this.#free += this.#room(count);
  }

  park(untilMs: number): void {
    this.#parkedUntilMs = Math.max(this.#parkedUntilMs, untilMs);
  }

  #room(count: number): number {
    return Math.min(count, this.#rules.maxInFlight);
  }
}
