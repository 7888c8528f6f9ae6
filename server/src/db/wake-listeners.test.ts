import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { coalesce, createWakeListeners } from "./wake-listeners.ts";

describe("coalesce", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setup() {
    let sent = 0;
    const coalesced = coalesce(50, async () => {
      sent += 1;
    });
    return { coalesced, sent: () => sent };
  }

  it("sends the first call at once", async () => {
    const { coalesced, sent } = setup();
    await coalesced.call();
    expect(sent()).toBe(1);
  });

  it("makes one of all calls within the interval, at its end", async () => {
    const { coalesced, sent } = setup();
    for (let index = 0; index < 100; index += 1) void coalesced.call();
    expect(sent()).toBe(1);
    await vi.advanceTimersByTimeAsync(50);
    expect(sent()).toBe(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent()).toBe(2);
  });

  it("sends at most once an interval under a steady stream, and not later than one interval after a call", async () => {
    const { coalesced, sent } = setup();
    for (let elapsedMs = 0; elapsedMs < 1_000; elapsedMs += 10) {
      void coalesced.call();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(50);
    expect(sent()).toBeGreaterThanOrEqual(20);
    expect(sent()).toBeLessThanOrEqual(21);
  });

  it("sends nothing more once stopped", async () => {
    const { coalesced, sent } = setup();
    void coalesced.call();
    void coalesced.call();
    coalesced.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent()).toBe(1);
  });
});

describe("createWakeListeners", () => {
  it("reports a listener that throws and calls the others", () => {
    const errors: unknown[] = [];
    const listeners = createWakeListeners((error) => errors.push(error));
    const bug = new Error("bug");
    let calls = 0;
    listeners.add(() => {
      throw bug;
    });
    listeners.add(() => (calls += 1));
    listeners.callAll();
    expect(calls).toBe(1);
    expect(errors).toEqual([bug]);
  });
});
