import { describe, expect, it } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { FlightDeck, type FlightDeckSettings } from "./flight-deck.ts";
import { WHOLE_CAP } from "./cap-share.ts";

const KIB = 1024;

/** A deck whose deliveries end when told to; `started` names them in the order of their starts. */
function setup(settings: Partial<FlightDeckSettings> = {}) {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const deck = new FlightDeck({
    maxInFlight: 4,
    maxHeld: 100,
    capShare: () => WHOLE_CAP,
    maxHeldBytes: 64 * KIB,
    maxDeliveryBytes: KIB,
    run: (delivery) => {
      started.push(delivery.endpointId);
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      return promise;
    },
    onRoom() {},
    ...settings,
  });
  /** Ends the oldest that is under way. */
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { deck, started, endOne };
}

const deliveries = (endpointId: string, count: number, input: Partial<HeldDelivery> = {}): HeldDelivery[] =>
  Array.from({ length: count }, () => heldDelivery({ endpointId, ...input }));

describe("FlightDeck", () => {
  it("starts no more of an endpoint than its cap, and one more as each ends", async () => {
    const { deck, started, endOne } = setup();
    deck.take(deliveries("a", 5, { maxInFlight: 2 }));
    expect(started).toHaveLength(2);
    await endOne();
    expect(started).toHaveLength(3);
    expect(deck.active).toBe(2);
  });

  it("starts the next when a request is over, and holds the one that landed until it is recorded", async () => {
    const { deck, started, endOne } = setup();
    const [first, ...others] = deliveries("a", 3, { maxInFlight: 1 });
    if (first === undefined) throw new Error("nothing was made");
    deck.take([first, ...others]);
    deck.land(first);
    deck.land(first);
    expect([started.length, deck.active, deck.held]).toEqual([2, 1, 3]);
    await endOne();
    expect([started.length, deck.active, deck.held]).toEqual([2, 1, 2]);
  });

  it("starts only its share of a cap, and the rest as its share grows", async () => {
    let divisor = 4;
    const { deck, started } = setup({ maxInFlight: 10, capShare: () => ({ divisor, rank: 0 }) });
    deck.take(deliveries("a", 10, { maxInFlight: 8 }));
    expect(started).toHaveLength(2);
    divisor = 2;
    deck.shareChanged();
    expect(started).toHaveLength(4);
    divisor = 4;
    deck.shareChanged();
    expect(started).toHaveLength(4);
  });

  it("names the endpoints of which it holds the cap or more, until they are recorded or dropped", async () => {
    const { deck, endOne } = setup({ maxInFlight: 10 });
    const [first, ...others] = deliveries("a", 3, { maxInFlight: 2 });
    if (first === undefined) throw new Error("nothing was made");
    deck.take([first, ...others, ...deliveries("b", 1, { maxInFlight: 2 })]);
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
    deck.land(first);
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
    await endOne();
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [1] });
    while (deck.held > 0) await endOne();
    expect(deck.crowded).toEqual({ endpointIds: [], rooms: [] });
  });

  it("leases ahead what a receiver takes in a moment, and nothing of one that hangs", async () => {
    let nowMs = 0;
    const { deck, endOne } = setup({ maxInFlight: 100, nowMs: () => nowMs });
    deck.take(deliveries("a", 12, { maxInFlight: 2 }));
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
    for (let ended = 0; ended < 9; ended += 1) await endOne();
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [2 + 9 - 3] });
    nowMs += 1_000;
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
  });

  it("leases no more of one endpoint than the node has left for all others", () => {
    const { deck } = setup({ maxInFlight: 20 });
    deck.take(deliveries("a", 11, { maxInFlight: 16 }));
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
    deck.take(deliveries("b", 2, { maxInFlight: 16 }));
    expect(deck.crowded).toEqual({ endpointIds: ["a"], rooms: [0] });
  });

  it("lets a claim bring what a fast receiver takes in a moment, and at most half of what the node may hold", async () => {
    let nowMs = 0;
    const { deck, endOne } = setup({ maxHeld: 40, nowMs: () => nowMs });
    deck.take(deliveries("a", 40, { maxInFlight: 2 }));
    const afterEnds = async (count: number) => {
      for (let ended = 0; ended < count; ended += 1) await endOne();
      return deck.fast;
    };
    // Four times the cap is leased ahead of any endpoint.
    expect(await afterEnds(6)).toEqual({ endpointIds: [], holds: [] });
    expect(await afterEnds(1)).toEqual({ endpointIds: ["a"], holds: [2 + 7] });
    expect(await afterEnds(23)).toEqual({ endpointIds: ["a"], holds: [20] });
    nowMs += 1_000;
    expect(deck.fast).toEqual({ endpointIds: [], holds: [] });
  });

  it("starts nothing of what comes once it is closed, and lets it be dropped", () => {
    const { deck, started } = setup();
    deck.take(deliveries("a", 1));
    deck.close();
    deck.take(deliveries("b", 2));
    expect([started, deck.held]).toEqual([["a"], 3]);
    expect(deck.dropWaiting()).toHaveLength(2);
  });

  it("goes by the cap of the newest version it has seen", async () => {
    const { deck, started } = setup();
    deck.take(deliveries("a", 1, { version: 1, maxInFlight: 4 }));
    deck.take(deliveries("a", 1, { version: 2, maxInFlight: 1 }));
    deck.take(deliveries("a", 1, { version: 1, maxInFlight: 4 }));
    expect(started).toHaveLength(1);
  });

  it("holds back no other endpoint by the cap of one", () => {
    const { deck, started } = setup();
    deck.take([...deliveries("a", 3, { maxInFlight: 1 }), ...deliveries("b", 1)]);
    expect(started).toEqual(["a", "b"]);
  });

  it("gives a full node's room in turns, however long one endpoint's line is", async () => {
    const { deck, started, endOne } = setup({ maxInFlight: 1 });
    deck.take(deliveries("a", 10));
    deck.take([...deliveries("b", 2), ...deliveries("c", 1)]);
    for (let ended = 0; ended < 5; ended += 1) await endOne();
    expect(started.join("")).toBe("aabcab");
  });

  it("has room for a claim only as far as its largest payloads would fit", async () => {
    const { deck, endOne } = setup({ maxHeldBytes: 4 * KIB });
    expect(deck.claimRoom).toBe(4);
    deck.take(deliveries("a", 1, { data: new Uint8Array(1_500) }));
    expect(deck.claimRoom).toBe(2);
    await endOne();
    expect(deck.claimRoom).toBe(4);
  });

  it("has room on the short way for what could start at once", () => {
    const { deck } = setup({ maxInFlight: 4 });
    deck.take(deliveries("a", 3, { maxInFlight: 1 }));
    expect(deck.shortRoom).toBe(1);
  });

  it("forgets what has not started, and is drained when the rest has ended", async () => {
    const { deck, endOne } = setup({ maxInFlight: 1 });
    deck.take(deliveries("a", 3));
    const drained = deck.drained();
    expect(deck.dropWaiting()).toHaveLength(2);
    expect(deck.held).toBe(1);
    await endOne();
    await drained;
    expect([deck.held, deck.active, deck.claimRoom]).toEqual([0, 0, 64]);
  });

  it("tells of room at every end", async () => {
    let calls = 0;
    const { deck, endOne } = setup({ onRoom: () => (calls += 1) });
    deck.take(deliveries("a", 2));
    await endOne();
    await endOne();
    expect(calls).toBe(2);
  });

  it("lets a pace hold back one endpoint and no other, and comes back to it when the time is over", async () => {
    let waitMs = 20;
    const second = Promise.withResolvers<void>();
    const { deck, started } = setup({
      pace: (endpointId) => (endpointId === "a" ? waitMs : 0),
      run: async ({ endpointId }) => {
        started.push(endpointId);
        if (endpointId === "a") second.resolve();
      },
    });
    deck.take([...deliveries("a", 2), ...deliveries("b", 1)]);
    expect(started).toEqual(["b"]);
    waitMs = 0;
    await second.promise;
    expect(started.slice(0, 2)).toEqual(["b", "a"]);
  });

  it("tells the pace which one is the last in its line", () => {
    const last: [string, boolean][] = [];
    const pace = (endpointId: string, isLast: boolean): number => {
      last.push([endpointId, isLast]);
      return 0;
    };
    const { deck } = setup({ pace, maxInFlight: 10 });
    deck.take([...deliveries("a", 2), ...deliveries("b", 1)]);
    expect(last).toEqual([
      ["a", false],
      ["b", true],
      ["a", true],
    ]);
  });

  it("sends a test whatever the pace, before what stands in line", () => {
    const { deck, started } = setup({ pace: () => 1_000, maxInFlight: 10 });
    deck.take(deliveries("a", 3));
    deck.take(deliveries("a", 1, { source: "test" }));
    expect(started).toEqual(["a"]);
    expect(deck.takeBack("a").map(({ source }) => source)).toEqual(["publish", "publish", "publish"]);
    expect(deck.held).toBe(1);
    deck.dropWaiting();
  });

  it("hands over what stands in one endpoint's line, and leaves what flies and the others", () => {
    const { deck, started } = setup({ maxInFlight: 2 });
    deck.take([...deliveries("a", 3, { maxInFlight: 1 }), ...deliveries("b", 2, { maxInFlight: 1 })]);
    expect(started).toEqual(["a", "b"]);
    expect(deck.takeBack("a")).toHaveLength(2);
    expect([deck.held, deck.active]).toEqual([3, 2]);
    expect(deck.takeBack("a")).toEqual([]);
  });
});
