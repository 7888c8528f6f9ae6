/**
 * A clock that moves only when a test says so. Whoever waits for a time registers a listener and looks again at every
 * move, so a test that advances by a day runs at once and without sleeping.
 */
import type { Clock } from "../server/src/db/clock.ts";

export interface FakeClock extends Clock {
  /** Moves the clock forward and calls the listeners. */
  advance(byMs: number): void;
  /** Calls `listener` after every move; returns the way to stop. */
  onAdvance(listener: () => void): () => void;
}

export function createFakeClock(start: Date): FakeClock {
  const listeners = new Set<{ readonly call: () => void }>();
  let currentMs = start.getTime();
  return {
    now: () => new Date(currentMs),
    nowMs: () => currentMs,
    advance(byMs) {
      if (!(byMs >= 0)) throw new RangeError(`a clock cannot be advanced by ${byMs} ms`);
      currentMs += byMs;
      for (const { call } of listeners) call();
    },
    onAdvance(listener) {
      const entry = { call: listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
  };
}
