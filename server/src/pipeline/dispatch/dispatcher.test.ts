import { describe, expect, it } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { ClaimResult } from "./claim-due-deliveries.ts";
import { Dispatcher } from "./dispatcher.ts";
import { FlightDeck } from "./flight-deck.ts";
import { WHOLE_CAP } from "./cap-share.ts";

type Found = Omit<ClaimResult, "asked"> & Partial<ClaimResult>;

/**
 * A dispatcher whose claims are answered by the test, and a deck whose deliveries end when told to. The next lane has
 * its turn now while claims find lanes.
 */
function setup(
  answer: (claims: number, room: number, isPatient: boolean) => Found,
  maxHeld = 10,
  nowMs = () => performance.now(),
) {
  /** Answers to the next questions for a turn. */
  const turns: (number | null)[] = [];
  /** How many lanes get the turns that were asked for, each time. */
  const given: (() => number)[] = [];
  const claims: number[] = [];
  const errors: unknown[] = [];
  const ends: (() => void)[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let found: Found = NOTHING;
  const deck = new FlightDeck({
    maxInFlight: 100,
    maxHeld,
    capShare: () => WHOLE_CAP,
    maxHeldBytes: 1_000_000,
    maxDeliveryBytes: 1_000,
    run: () => new Promise((resolve) => ends.push(resolve)),
    onRoom: () => dispatcher.roomFreed(),
  });
  const dispatcher: Dispatcher = new Dispatcher({
    deck,
    claim: async ({ room, isPatient }) => {
      claims.push(room);
      for (const { resolve } of waiting.filter(({ count }) => count <= claims.length)) resolve();
      return { asked: false, ...(found = answer(claims.length, room, isPatient)) };
    },
    giveTurns: async () => given.shift()?.() ?? 0,
    nowMs,
    nextTurn: async () => turns.shift() ?? (found.lanes > 0 ? 0 : null),
    onError: (error) => void errors.push(error),
  });
  const claimed = (count: number): Promise<void> =>
    claims.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  return { dispatcher, claims, errors, ends, claimed, turns, given };
}

const NOTHING: Found = { deliveries: [], lanes: 0, isBacklog: false };
const some = (count: number): HeldDelivery[] =>
  Array.from({ length: count }, (_, index) => heldDelivery({ deliveryId: index, maxInFlight: 100 }));

/** As a claim of a busy thread. */
function blockFor(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

describe("Dispatcher", () => {
  it("looks once at its start, and again when it is woken", async () => {
    const { dispatcher, claimed, claims } = setup(() => NOTHING);
    await claimed(1);
    dispatcher.wake();
    await claimed(2);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims).toEqual([10, 10]);
  });

  it("claims on while there is room, though a claim brought all that was asked for", async () => {
    // Asked for is what fits if each is as large as it may be; what came is small.
    const { dispatcher, claimed, claims } = setup(
      (count) => (count > 3 ? NOTHING : { deliveries: some(1_000), lanes: 1, isBacklog: true }),
      3_500,
    );
    const started = performance.now();
    await claimed(4);
    // It did not wait for its next look, three times.
    expect(performance.now() - started).toBeLessThan(1_500);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims).toEqual([1_000, 998, 996, 500]);
  });

  it("claims when the next lane has its turn, which nobody tells it", async () => {
    const { dispatcher, claimed, turns } = setup(() => NOTHING);
    turns.push(200);
    const started = performance.now();
    await claimed(2);
    expect(performance.now() - started).toBeGreaterThan(190);
    await dispatcher[Symbol.asyncDispose]();
  });

  it("looks again by itself, since a turn can be written without a word", async () => {
    const { dispatcher, claimed, claims, turns } = setup(() => NOTHING);
    turns.push(null, 0);
    await claimed(2);
    expect(turns).toEqual([]);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims).toHaveLength(2);
  });

  it("waits once for a turn that somebody else has, and comes back later where it got none", async () => {
    const patience: boolean[] = [];
    const { dispatcher, claimed, turns } = setup((_claims, _room, isPatient) => {
      patience.push(isPatient);
      return NOTHING;
    });
    turns.push(0, 0);
    await claimed(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(patience).toEqual([false, true]);
    await claimed(3);
    await dispatcher[Symbol.asyncDispose]();
    expect(patience).toEqual([false, true, false]);
  });

  it("waits for a turn that somebody else has when it is woken for it twice and finds none", async () => {
    const patience: boolean[] = [];
    const { dispatcher, claimed } = setup((claims, _room, isPatient) => {
      patience.push(isPatient);
      if (claims > 1) dispatcher.wake();
      return NOTHING;
    });
    // The first claim is under way.
    dispatcher.wake();
    await claimed(4);
    await dispatcher[Symbol.asyncDispose]();
    expect(patience.slice(0, 4)).toEqual([false, false, true, false]);
  });

  it("goes on at once while lanes had their turn and there is room", async () => {
    const { dispatcher, claimed, claims } = setup((count) =>
      count < 4 ? { deliveries: some(2), lanes: 1, isBacklog: false } : NOTHING,
    );
    const started = performance.now();
    await claimed(4);
    expect(performance.now() - started).toBeLessThan(200);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims).toEqual([10, 8, 6, 4]);
  });

  it("gives the turns that were asked for, and claims again at once", async () => {
    const { dispatcher, claimed, given, turns } = setup((count) => ({ ...NOTHING, asked: count === 2 }));
    turns.push(0, 0);
    given.push(() => 1);
    const started = performance.now();
    await claimed(3);
    expect(performance.now() - started).toBeLessThan(200);
    await dispatcher[Symbol.asyncDispose]();
    expect(given).toEqual([]);
  });

  it("has what it claimed on its way where turns cannot be given", async () => {
    const { dispatcher, claimed, ends, errors, given } = setup(() => ({
      deliveries: some(2),
      lanes: 1,
      asked: true,
      isBacklog: false,
    }));
    given.push(() => {
      throw new Error("the database is away");
    });
    await claimed(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(2);
    expect(errors).toHaveLength(1);
    await dispatcher[Symbol.asyncDispose]();
  });

  it("claims nothing more while it is full, and at once when a delivery ends", async () => {
    const { dispatcher, claimed, claims, ends } = setup(
      (count, room) => ({ deliveries: count === 1 ? some(room) : [], lanes: 1, isBacklog: false }),
      3,
    );
    await claimed(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(3);
    ends[0]?.();
    await claimed(2);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims.slice(0, 2)).toEqual([3, 1]);
  });

  it("claims little of a backlog while publishes take the short way, and all there is room for afterwards", async () => {
    const { dispatcher, claimed, claims } = setup(() => ({ deliveries: some(1), lanes: 1, isBacklog: true }), 1_000);
    await claimed(1);
    dispatcher.makeWay();
    while ((claims.at(-1) ?? 0) > 64) await claimed(claims.length + 1);
    while ((claims.at(-1) ?? 0) <= 64) await claimed(claims.length + 1);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims[0]).toBe(1_000);
    expect(claims.filter((room) => room === 64).length).toBeGreaterThan(1);
    expect(claims.at(-1)).toBeGreaterThan(64);
  });

  it("rests after a claim that made way, whoever wakes it, and then looks for what it was woken for", async () => {
    const { dispatcher, claimed, claims } = setup((count) => {
      if (count > 2) return NOTHING;
      if (count === 2) blockFor(30);
      return { deliveries: some(1), lanes: count - 1, isBacklog: true };
    }, 1_000);
    await claimed(1);
    dispatcher.makeWay();
    dispatcher.wake();
    await claimed(2);
    await new Promise((resolve) => setImmediate(resolve));
    dispatcher.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(claims).toEqual([1_000, 64]);
    await claimed(3);
    await dispatcher[Symbol.asyncDispose]();
  });

  it("makes way for nobody while what it claims has waited for a moment only", async () => {
    const { dispatcher, claimed, claims } = setup((count) => {
      if (count > 1) dispatcher.makeWay();
      return count < 5 ? { deliveries: some(1), lanes: 1, isBacklog: false } : NOTHING;
    }, 1_000);
    await claimed(5);
    await dispatcher[Symbol.asyncDispose]();
    expect(claims).toEqual([1_000, 999, 998, 997, 996]);
  });

  it("reports a failed claim and waits a second before the next", async () => {
    const { dispatcher, claimed, errors } = setup((count) => {
      if (count === 1) throw new Error("the database is away");
      return NOTHING;
    });
    const started = performance.now();
    await claimed(2);
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(errors).toHaveLength(1);
    await dispatcher[Symbol.asyncDispose]();
  });

  it("has no claim under way once it is disposed", async () => {
    const { dispatcher, claimed, claims } = setup(() => NOTHING);
    await claimed(1);
    await dispatcher[Symbol.asyncDispose]();
    const count = claims.length;
    dispatcher.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(claims).toHaveLength(count);
  });
});

describe("a node", () => {
  /** Whether it is behind in the claim that ends after so long. Deliveries end with the next claim. */
  async function claimFor(ms: number, answer: Found, { claimMs = 5 } = {}): Promise<boolean> {
    let nowMs = 0;
    // The first claim is made before there are any.
    let begun: (() => void)[] = [];
    const seen = Promise.withResolvers<boolean>();
    const { dispatcher, ends, errors } = setup(
      () => {
        for (const end of begun.splice(0)) end();
        nowMs += claimMs;
        if (nowMs < ms) return answer;
        seen.resolve(dispatcher.isBehind);
        return NOTHING;
      },
      1_000,
      () => nowMs,
    );
    begun = ends;
    const isBehind = await seen.promise;
    await dispatcher[Symbol.asyncDispose]();
    expect(errors).toEqual([]);
    return isBehind;
  }

  it.each([
    { claimed: 64, isBacklog: true, isBehind: true },
    { claimed: 63, isBacklog: true, isBehind: false },
    { claimed: 64, isBacklog: false, isBehind: false },
  ])(
    "is behind while claims bring much of a backlog: $claimed, $isBacklog",
    async ({ isBehind, claimed, isBacklog }) => {
      expect(await claimFor(800, { deliveries: some(claimed), lanes: 1, isBacklog })).toBe(isBehind);
    },
  );

  it("is behind also where each claim takes long", async () => {
    expect(await claimFor(800, { deliveries: some(64), lanes: 1, isBacklog: true }, { claimMs: 300 })).toBe(true);
  });

  it("is not behind because receivers that hang let go of much at once", async () => {
    expect(await claimFor(200, { deliveries: some(64), lanes: 1, isBacklog: true })).toBe(false);
  });
});
