import { describe, expect, it } from "vitest";

import {
  change,
  CLAIM,
  everyNth,
  limitOf,
  type Receiver,
  shareOf,
  simulate,
  WaitingAlone,
} from "../../../test/support/paced-receivers.ts";
import { ReceiverPaces } from "./receiver-paces.ts";

const ENDPOINT = "00000000-0000-4000-8000-000000000001";

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

describe("a receiver with a limit", () => {
  it.each([5, 50, 400])("of %i a second is soon asked for about that, and refuses next to nothing", (limit) => {
    const { requests, refused } = simulate({ receiver: limitOf(() => limit), seconds: 120 });
    expect(requests(10, 120)).toBeLessThanOrEqual(limit * 1.02);
    expect(requests(10, 120)).toBeGreaterThan(limit * 0.75);
    expect(refused(10, 120)).toBeLessThan(limit * 0.02 + 0.1);
  });

  it("is found also where all that a claim brings is sent before the first refusal is read", () => {
    const coming = { seconds: 60, cap: CLAIM, comingPerSecond: () => 100 };
    const { refused, taken } = simulate({ receiver: limitOf(() => 50), ...coming });
    expect(refused(3, 60)).toBeLessThan(50 * 0.02 + 0.1);
    expect(taken(3, 60)).toBeGreaterThan(50 * 0.75);
  });

  it("that falls is found again within seconds", () => {
    const receiver = limitOf((nowMs) => (nowMs < 60_000 ? 100 : 10));
    const { requests, refused } = simulate({ receiver, seconds: 180 });
    expect(refused(60, 70) * 10).toBeLessThan(50);
    expect(requests(70, 180)).toBeLessThanOrEqual(10 * 1.02);
    expect(requests(70, 180)).toBeGreaterThan(10 * 0.75);
    expect(refused(70, 180)).toBeLessThan(10 * 0.02 + 0.1);
  });

  it("that begins where a share was refused is found, and refuses next to nothing", () => {
    const receiver = change(
      60_000,
      shareOf(0.1),
      limitOf(() => 50),
    );
    const { requests, refused } = simulate({ receiver, seconds: 180 });
    expect(requests(110, 180)).toBeGreaterThan(50 * 0.5);
    expect(refused(80, 180)).toBeLessThan(50 * 0.02 + 0.1);
  });
});

describe("a receiver that refuses a share of its requests, whatever their rate,", () => {
  /** Of what it takes where each refusal is waited out and nothing else. */
  const PROMISED = 0.6;

  it.each([
    ["every hundredth", () => everyNth(100)],
    ["every tenth", () => everyNth(10)],
    ["every other", () => everyNth(2)],
    ["1 %, drawn", () => shareOf(0.01)],
    ["10 %, drawn", () => shareOf(0.1)],
    ["50 %, drawn", () => shareOf(0.5)],
  ])("%s, gets most of what waiting alone would bring it", (_share, receiver) => {
    for (const waitMs of [1_000, 5_000]) {
      const alone = simulate({ receiver: receiver(), seconds: 300, waitMs, Paces: WaitingAlone });
      const paced = simulate({ receiver: receiver(), seconds: 300, waitMs });
      expect(paced.taken(10, 300)).toBeGreaterThan(PROMISED * alone.taken(10, 300));
    }
  });

  it("gets it also when far more comes than when its pace was learned", () => {
    const comingPerSecond = (nowMs: number): number => (nowMs < 60_000 ? 1.2 : 100);
    const alone = simulate({ receiver: everyNth(10), seconds: 300, comingPerSecond, Paces: WaitingAlone });
    const paced = simulate({ receiver: everyNth(10), seconds: 300, comingPerSecond });
    expect(paced.taken(150, 300)).toBeGreaterThan(PROMISED * alone.taken(150, 300));
  });

  it.each([
    ["every tenth", () => everyNth(10)],
    ["every sixth", () => everyNth(6)],
    ["10 %, drawn", () => shareOf(0.1)],
    ["30 %, drawn", () => shareOf(0.3)],
  ])(
    "%s, gets what comes at once in about twice the time of waiting alone, however little came before",
    (_share, receiver) => {
      for (const [perSecond, cap] of [
        [1, 16],
        [2, 16],
        [4, 16],
        [1, 2],
      ] as const) {
        const alone: number[] = [];
        const paced: number[] = [];
        for (let atMs = 30_000; atMs < 90_000; atMs += 1_000) {
          const coming = { seconds: 300, cap, comingPerSecond: () => perSecond, burst: { atMs, count: 60 } };
          alone.push(simulate({ receiver: receiver(), ...coming, Paces: WaitingAlone }).cleared);
          paced.push(simulate({ receiver: receiver(), ...coming }).cleared);
        }
        expect(meanOf(paced)).toBeLessThan(2 * meanOf(alone) + 1);
        expect(Math.max(...paced)).toBeLessThan(2 * Math.max(...alone) + 3);
      }
    },
  );

  it("gets it also when it had a limit before", () => {
    const receiver = (): Receiver =>
      change(
        60_000,
        limitOf(() => 5),
        everyNth(10),
      );
    const alone = simulate({ receiver: receiver(), seconds: 240, Paces: WaitingAlone });
    const paced = simulate({ receiver: receiver(), seconds: 240 });
    expect(paced.taken(90, 240)).toBeGreaterThan(PROMISED * alone.taken(90, 240));
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
    for (let one = 0; one < 1_000; one += 1) expect(paces.start(ENDPOINT, false)).toBe(0);
  });

  it("lets nothing go before the time is over, to the millisecond", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 2_000);
    expect(paces.start(ENDPOINT, false)).toBe(2_000);
    pass(1_999);
    expect(paces.start(ENDPOINT, false)).toBe(1);
    pass(1);
    expect(paces.start(ENDPOINT, false)).toBe(0);
    expect(paces.start("another endpoint", false)).toBe(0);
  });

  it("takes the refusals of one burst for one", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 1_000);
    pass(1_000);
    for (let one = 0; one < 100; one += 1) {
      expect(paces.start(ENDPOINT, false)).toBe(0);
      paces.answered(ENDPOINT);
    }
    paces.askedForTime(ENDPOINT, 1_000);
    paces.askedForTime(ENDPOINT, 5_000);
    pass(1_000);
    expect(paces.start(ENDPOINT, false)).toBe(0);
    // A hundred in a second, less what caution takes.
    expect(paces.start(ENDPOINT, false)).toBeCloseTo(1_000 / 85, 1);
  });

  it("never falls below one a second, whatever was refused", () => {
    const { paces, pass } = setup();
    for (let refusal = 0; refusal < 5; refusal += 1) {
      paces.askedForTime(ENDPOINT, 1_000);
      pass(1_000);
      expect(paces.start(ENDPOINT, false)).toBe(0);
    }
    expect(paces.start(ENDPOINT, false)).toBeLessThanOrEqual(1_000);
  });

  it("learns nothing where all that came was sent when the receiver asked again", () => {
    const { paces, pass } = setup();
    for (let refusal = 0; refusal < 5; refusal += 1) {
      paces.askedForTime(ENDPOINT, 1_000);
      pass(1_000);
      expect(paces.start(ENDPOINT, true)).toBe(0);
      pass(10);
    }
    for (let one = 0; one < 1_000; one += 1) expect(paces.start(ENDPOINT, false)).toBe(0);
  });

  it("learns nothing from a few answers, however long the line, unless there are no more", () => {
    const { paces, pass } = setup();
    const refuseAfter = (answers: number): void => {
      for (let one = 0; one < answers; one += 1) {
        expect(paces.start(ENDPOINT, false)).toBe(0);
        paces.answered(ENDPOINT);
      }
      paces.askedForTime(ENDPOINT, 1_000);
      pass(1_000);
    };
    refuseAfter(0);
    for (let cycle = 0; cycle < 5; cycle += 1) refuseAfter(1);
    expect(paces.start(ENDPOINT, false)).toBe(0);
    // One in each of the five seconds that it asked for, which is the slowest pace.
    expect(paces.start(ENDPOINT, false)).toBeCloseTo(1_000, 0);
  });

  it("counts no time in which there was nothing to send", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 1_000);
    // Nothing is there when the time is over, nor before each of twenty that come one by one.
    for (let one = 0; one < 20; one += 1) {
      pass(2_000);
      expect(paces.start(ENDPOINT, true)).toBe(0);
      paces.answered(ENDPOINT);
    }
    pass(2_000);
    expect(paces.start(ENDPOINT, false)).toBe(0);
    paces.askedForTime(ENDPOINT, 1_000);
    pass(1_000);
    expect(paces.start(ENDPOINT, false)).toBe(0);
    // Twenty in the second that it asked for, less what caution takes.
    expect(paces.start(ENDPOINT, false)).toBeCloseTo(1_000 / 17, 0);
  });

  it("is forgotten a minute after the last refusal", () => {
    const { paces, pass } = setup();
    paces.askedForTime(ENDPOINT, 1_000);
    pass(1_000);
    paces.askedForTime(ENDPOINT, 1_000);
    pass(61_001);
    for (let one = 0; one < 1_000; one += 1) expect(paces.start(ENDPOINT, false)).toBe(0);
  });

  it("is forgotten also where nothing is sent to it any more, when another one asks", () => {
    const { paces, pass } = setup();
    const other = ENDPOINT.replace("0001", "0002");
    paces.askedForTime(ENDPOINT, 1_000);
    pass(30_000);
    paces.askedForTime(other, 1_000);
    expect(paces.size).toBe(2);
    pass(31_001);
    paces.askedForTime(other, 1_000);
    expect(paces.size).toBe(1);
  });
});
