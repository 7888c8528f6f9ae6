import { describe, expect, it } from "vitest";

import { ReceiverPaces } from "./receiver-paces.ts";

const ENDPOINT = "00000000-0000-4000-8000-000000000001";

/**
 * A receiver with a token bucket of one second, and always something to send, in virtual time: sixteen requests go at
 * once where nothing holds them, as an endpoint's cap has it.
 */
function simulate({ limit, seconds, cap = 16 }: { limit: number; seconds: number; cap?: number }) {
  let nowMs = 0;
  let tokens = limit;
  let filledAtMs = 0;
  const paces = new ReceiverPaces(() => nowMs);
  const requests: number[] = [];
  const refused: number[] = [];
  const take = (): boolean => {
    tokens = Math.min(limit, tokens + ((nowMs - filledAtMs) * limit) / 1_000);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  while (nowMs < seconds * 1_000) {
    let started = 0;
    let waitMs = 0;
    while (started < cap && waitMs === 0) {
      waitMs = paces.start(ENDPOINT);
      if (waitMs === 0) started += 1;
    }
    for (let one = 0; one < started; one += 1) {
      requests.push(nowMs);
      if (take()) paces.answered(ENDPOINT);
      else {
        refused.push(nowMs);
        paces.askedForTime(ENDPOINT, 1_000);
      }
    }
    nowMs += Math.max(2, Math.ceil(waitMs));
  }
  const within = (times: readonly number[], from: number, to: number): number =>
    times.filter((at) => at >= from * 1_000 && at < to * 1_000).length / (to - from);
  return {
    requests: (from: number, to: number) => within(requests, from, to),
    refused: (from: number, to: number) => within(refused, from, to),
  };
}

describe("a receiver with a limit", () => {
  it.each([5, 50, 400])("of %i a second is soon asked for about that, and refuses next to nothing", (limit) => {
    const { requests, refused } = simulate({ limit, seconds: 120 });
    expect(requests(10, 120)).toBeLessThanOrEqual(limit * 1.02);
    expect(requests(10, 120)).toBeGreaterThan(limit * 0.75);
    expect(refused(10, 120)).toBeLessThan(limit * 0.02 + 0.1);
  });
});

describe("the pace", () => {
  function setup() {
    let nowMs = 0;
    const paces = new ReceiverPaces(() => nowMs);
    return { paces, pass: (ms: number) => void (nowMs += ms) };
  }

  it("lets everything go where nobody asked for time", () => {
    const { paces } = setup();
    for (let one = 0; one < 1_000; one += 1) expect(paces.start(ENDPOINT)).toBe(0);
  });

  it("lets nothing go before the time is over, to the millisecond", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 2_000);
    expect(paces.start(ENDPOINT)).toBe(2_000);
    pass(1_999);
    expect(paces.start(ENDPOINT)).toBe(1);
    pass(1);
    expect(paces.start(ENDPOINT)).toBe(0);
    expect(paces.start("another endpoint")).toBe(0);
  });

  it("takes the refusals of one burst for one", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 1_000);
    pass(1_000);
    for (let one = 0; one < 100; one += 1) paces.answered(ENDPOINT);
    paces.askedForTime(ENDPOINT, 1_000);
    paces.askedForTime(ENDPOINT, 5_000);
    pass(1_000);
    expect(paces.start(ENDPOINT)).toBe(0);
    // A hundred in a second, less what caution takes.
    expect(paces.start(ENDPOINT)).toBeCloseTo(1_000 / 85, 1);
  });

  it("never falls below one a second, whatever was refused", () => {
    const { paces, pass } = setup();
    for (let refusal = 0; refusal < 5; refusal += 1) {
      paces.askedForTime(ENDPOINT, 1_000);
      pass(1_000);
      expect(paces.start(ENDPOINT)).toBe(0);
    }
    expect(paces.start(ENDPOINT)).toBeLessThanOrEqual(1_000);
  });

  it("is forgotten a minute after the last refusal", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 1_000);
    pass(1_000);
    paces.askedForTime(ENDPOINT, 1_000);
    pass(61_001);
    for (let one = 0; one < 1_000; one += 1) expect(paces.start(ENDPOINT)).toBe(0);
  });
});
