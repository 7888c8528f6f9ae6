import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { describeWithPostgres } from "../../../test/support/database.ts";
import {
  type EngineBench,
  type EventInput,
  openEngineBench,
  readQueue,
  ROOT,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { untilBlocked } from "../../../test/support/until-blocked.ts";
import { revokeApiKey } from "../../core/api-keys/revoke-api-key.ts";
import { openPostgres } from "../../db/postgres.ts";
import { deleteEndedKeys } from "../../db/queries/delete-ended-keys.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { EventStore, type EventStoreSettings } from "./event-store.ts";
import type { StoreOutcome, StoreRequest } from "./store-request.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await bench.addTenant("a", "b");
  endpointId = await home.addEndpoint();
});

function setup(settings: Partial<EventStoreSettings> = {}) {
  const commits: number[] = [];
  const leased: HeldDelivery[] = [];
  let waits = 0;
  let leases = 0;
  const events = new EventStore({
    database: bench.database,
    clock: bench.clock,
    defaultMaxInFlight: 1_000,
    eventIdDays: 30,
    capShare: () => WHOLE_CAP,
    nextLease: () => (leases += 1),
    nodeRoom: () => 1_000,
    crowded: () => ({ endpointIds: [], rooms: [] }),
    onLeased: (deliveries) => void leased.push(...deliveries),
    onWaiting: () => (waits += 1),
    onCommit: ({ rows }) => void commits.push(rows.filter(({ kind }) => kind === "event").length),
    ...settings,
  });
  return { events, commits, leased, waits: () => waits };
}

const one = (event: Partial<EventInput> = {}, input: Partial<StoreRequest> = {}): StoreRequest =>
  home.request([{ type: "a", ...event }], input);
const key = (text: string, fingerprint = "aa".repeat(32)) => ({ idempotency: { key: text, fingerprint } });
const idsOf = (outcome: StoreOutcome): number[] =>
  outcome.kind === "refused" ? [] : outcome.events.map(({ id }) => id);

async function countEvents(): Promise<number> {
  const text = "select count(*)::integer as count from events where tenant_id = $1::uuid";
  const [row] = await bench.database.query<{ count: number }>({ name: "test-count-events", text }, [home.tenant.id]);
  return row?.count ?? -1;
}

/** Lets no publish commit until released. */
async function holdCommits(): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const transaction = bench.database.transaction(async (lock) => {
    await lock.script("lock table events in share mode");
    held.resolve();
    await released.promise;
  });
  await held.promise;
  return async () => {
    released.resolve();
    await transaction;
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("micro-batches", () => {
  it("answer what arrives in one turn from one commit", async () => {
    const { events, commits } = setup();
    const outcomes = await Promise.all([events.store(one()), events.store(one()), events.store(one({ type: "b" }))]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "stored", "stored"]);
    expect(new Set(outcomes.flatMap(idsOf)).size).toBe(3);
    expect(commits).toEqual([3]);
  });

  it("take what arrives while a commit is under way into the next", async () => {
    const { events, commits } = setup();
    const release = await holdCommits();
    const first = events.store(one());
    await turn();
    await turn();
    const later = Array.from({ length: 50 }, () => events.store(one()));
    expect(events.depth).toBe(50);
    await release();
    await Promise.all([first, ...later]);
    expect(commits).toEqual([1, 50]);
  });

  it.each([
    { behind: false, what: "have the next commit under way before the publishers of the last are answered", wait: 0 },
    { behind: true, what: "answer them first where the node is behind and they add to it", wait: 3 },
  ])("$what", async ({ behind, wait }) => {
    const { events } = setup({ nodeRoom: () => 0, isBehind: () => behind });
    await events.store(one());
    const release = await holdCommits();
    const first = events.store(one()).then(() => events.depth);
    while (events.depth > 0) await turn();
    const later = Array.from({ length: 3 }, () => events.store(one()));
    expect(events.depth).toBe(3);
    await release();
    expect(await first).toBe(wait);
    await Promise.all(later);
  });

  it.each([
    { crowd: 32, halves: [32] },
    { crowd: 65, halves: [33, 32] },
  ])("of $crowd publishes that come at once take $halves", async ({ crowd, halves }) => {
    const { events, commits } = setup();
    await Promise.all(Array.from({ length: crowd }, () => events.store(one())));
    expect(commits).toEqual(halves);
  });

  it("take at most 500 events into one commit", async () => {
    const { events, commits } = setup();
    const batch = home.request(Array.from({ length: 100 }, () => ({ type: "a" })));
    await Promise.all(Array.from({ length: 7 }, () => events.store(batch)));
    expect(commits).toEqual([500, 200]);
  });

  it("answer one that is refused beside others that are stored", async () => {
    const { events } = setup();
    const outcomes = await Promise.all([events.store(one()), events.store(one({ type: "never.heard" }))]);
    expect(outcomes).toMatchObject([{ kind: "stored" }, { kind: "refused", problem: "event_type_unknown" }]);
  });

  it("hand on what was leased, with the bytes as they came, and tell of what waits", async () => {
    const { events, leased, waits } = setup({ nodeRoom: () => 1 });
    const [outcome] = await Promise.all([events.store(one({ data: '{"n":1 }' })), events.store(one())]);
    expect(outcome).toMatchObject({ kind: "stored", events: [{ deliveries: 1 }] });
    expect(leased).toMatchObject([{ eventId: idsOf(outcome)[0], endpointId, source: "publish", run: 1, attempts: 0 }]);
    expect(Buffer.from(leased[0]?.data ?? []).toString()).toBe('{"n":1 }');
    expect(waits()).toBe(1);
  });
});

describe("backpressure", () => {
  it("refuses the publish after the ten thousandth that waits", async () => {
    const { events } = setup();
    const release = await holdCommits();
    const unknown = one({ type: "never.heard" });
    const first = events.store(unknown);
    await turn();
    await turn();
    const waiting = Array.from({ length: 10_000 }, () => events.store(unknown));
    await expect(events.store(unknown)).rejects.toMatchObject({ code: "overloaded", retryAfterSeconds: 1 });
    await release();
    const outcomes = await Promise.all([first, ...waiting]);
    expect(outcomes.every(({ kind }) => kind === "refused")).toBe(true);
  });

  it("refuses what would make 64 MiB wait, and takes it when there is room again", async () => {
    const { events } = setup();
    const release = await holdCommits();
    const large = one({ type: "never.heard", data: "1".repeat(262_144) });
    const first = events.store(large);
    await turn();
    await turn();
    const waiting = Array.from({ length: 256 }, () => events.store(large));
    await expect(events.store(large)).rejects.toMatchObject({ code: "overloaded" });
    await release();
    await Promise.all([first, ...waiting]);
    expect(await events.store(large)).toMatchObject({ kind: "refused" });
  });
});

describe("a commit that fails", () => {
  it("answers nobody, makes no delivery and leaves nothing behind; the next one is not held up", async () => {
    const { events, leased } = setup();
    await bench.database.script(`
      create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create constraint trigger refuse_commit after insert on queue deferrable initially deferred
        for each row execute function refuse_commit();`);
    const outcomes = await Promise.allSettled([
      events.store(one()),
      events.store(one({ id: "k" })),
      events.store(
        home.request([
          { type: "a", id: "x" },
          { type: "a", id: "y" },
        ]),
      ),
    ]);
    await bench.database.script("drop trigger refuse_commit on queue; drop function refuse_commit()");
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(leased).toEqual([]);
    expect(await countEvents()).toBe(0);
    expect(await readQueue(bench.database, endpointId)).toEqual([]);
    expect(await events.store(one({ id: "k" }))).toMatchObject({ kind: "stored" });
  });
});

describe("an event's own id", () => {
  it("gives the first answer again for the same content, and stores nothing", async () => {
    const { events, leased } = setup();
    const first = await events.store(one({ id: "k" }));
    const again = await events.store(one({ id: "k" }));
    expect(again).toEqual({ ...first, kind: "repeated" });
    expect([await countEvents(), leased.length]).toEqual([1, 1]);
  });

  it("is refused with another content", async () => {
    const { events } = setup();
    await events.store(one({ id: "k", data: "1" }));
    expect(await events.store(one({ id: "k", data: "2" }))).toMatchObject({
      kind: "refused",
      problem: "event_id_reused",
      detail: "k",
    });
    expect(await countEvents()).toBe(1);
  });

  it("is another tenant's own matter", async () => {
    const { events } = setup();
    const other = await bench.addTenant("a");
    await events.store(one({ id: "k" }));
    expect(await events.store(other.request([{ type: "a", id: "k" }]))).toMatchObject({ kind: "stored" });
  });

  it("is stored once when the same publish arrives many times in one turn", async () => {
    const { events, leased } = setup();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => events.store(one({ id: "k" }))));
    expect(outcomes.filter(({ kind }) => kind === "stored")).toHaveLength(1);
    expect(new Set(outcomes.flatMap(idsOf)).size).toBe(1);
    expect([await countEvents(), leased.length]).toEqual([1, 1]);
  });

  it("does not hold up the others of its batch", async () => {
    const { events } = setup();
    await events.store(one({ id: "k" }));
    const outcomes = await Promise.all([events.store(one()), events.store(one({ id: "k" })), events.store(one())]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "repeated", "stored"]);
  });

  it("is free again when it has ended, whether the row is still there or not", async () => {
    const { events } = setup({ eventIdDays: 1 });
    await events.store(one({ id: "k", data: "1" }));
    await events.store(one({ id: "l", data: "1" }));
    bench.clock.advance(86_400_000);
    expect(await events.store(one({ id: "k", data: "2" }))).toMatchObject({ kind: "stored" });
    await deleteEndedKeys(bench.database, { now: bench.clock.now(), limit: 100 });
    expect(await events.store(one({ id: "l", data: "2" }))).toMatchObject({ kind: "stored" });
    expect(await events.store(one({ id: "k", data: "2" }))).toMatchObject({ kind: "repeated" });
  });

  it("answers a revoked key nothing, not even what was answered before", async () => {
    const { events } = setup();
    const { keyId } = await home.addKey();
    await events.store(one({ id: "k" }, { keyId }));
    await revokeApiKey({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, keyId });
    expect(await events.store(one({ id: "k" }, { keyId }))).toMatchObject({ problem: "unauthenticated" });
  });
});

describe("a batch with ids of which some are known", () => {
  const batch = (...ids: string[]): StoreRequest => home.request(ids.map((id) => ({ type: "a", data: `"${id}"`, id })));

  it("stores the others and answers for all in the order of the request", async () => {
    const { events, leased } = setup();
    const [known] = idsOf(await events.store(batch("k")));
    const outcome = await events.store(batch("j", "k", "l"));
    expect(outcome).toMatchObject({ kind: "stored" });
    const ids = idsOf(outcome);
    expect(ids).toHaveLength(3);
    expect(ids[1]).toBe(known);
    expect([await countEvents(), leased.length]).toEqual([3, 3]);
  });

  it("stores nothing where all are known", async () => {
    const { events } = setup();
    const first = await events.store(batch("j", "k"));
    expect(await events.store(batch("k", "j"))).toEqual({
      kind: "repeated",
      events: first.kind === "stored" ? first.events.toReversed() : [],
    });
  });

  it("stores nothing where one of them names another content", async () => {
    const { events } = setup();
    await events.store(one({ id: "k", data: "1" }));
    const outcome = await events.store(batch("j", "k", "l"));
    expect(outcome).toMatchObject({ kind: "refused", problem: "event_id_reused", detail: "k" });
    expect(await countEvents()).toBe(1);
  });

  it("takes one that has ended for new", async () => {
    const { events } = setup({ eventIdDays: 1 });
    await events.store(one({ id: "old", data: '"other"' }));
    bench.clock.advance(86_400_000);
    const [known] = idsOf(await events.store(batch("k")));
    const outcome = await events.store(batch("old", "k"));
    expect(outcome).toMatchObject({ kind: "stored" });
    expect(idsOf(outcome)[1]).toBe(known);
    expect(await countEvents()).toBe(3);
  });

  it("keeps the answer of the whole under its Idempotency-Key", async () => {
    const { events } = setup();
    await events.store(batch("k"));
    const first = await events.store({ ...batch("k", "l"), ...key("i") });
    const again = await events.store({ ...batch("k", "l"), ...key("i") });
    expect(idsOf(first)).toHaveLength(2);
    expect(again).toEqual({ ...first, kind: "repeated" });
  });

  it("keeps its Idempotency-Key also where all are known", async () => {
    const { events } = setup();
    const first = await events.store(batch("k", "l"));
    expect(idsOf(await events.store({ ...batch("k", "l"), ...key("i") }))).toEqual(idsOf(first));
    expect(await events.store({ ...batch("m"), ...key("i", "bb".repeat(32)) })).toMatchObject({
      kind: "refused",
      problem: "idempotency_key_reused",
    });
  });
});

describe("an Idempotency-Key", () => {
  it("gives the whole answer again for the same body", async () => {
    const { events } = setup();
    const request = home.request([{ type: "a" }, { type: "b" }], key("i"));
    const first = await events.store(request);
    expect(await events.store(request)).toEqual({ ...first, kind: "repeated" });
    expect(await countEvents()).toBe(2);
  });

  it("is refused for another body within 24 hours, and free after", async () => {
    const { events } = setup();
    await events.store(one({ data: "1" }, key("i")));
    const other = one({ data: "2" }, key("i", "bb".repeat(32)));
    bench.clock.advance(86_399_999);
    expect(await events.store(other)).toMatchObject({ kind: "refused", problem: "idempotency_key_reused" });
    bench.clock.advance(1);
    expect(await events.store(other)).toMatchObject({ kind: "stored" });
  });
});

it("answers every publish that was taken before it is disposed, also those that met a taken key", async () => {
  const { events } = setup();
  await events.store(one({ id: "k" }));
  let answered = 0;
  const publishes = Array.from({ length: 5 }, () => events.store(one({ id: "k" })).then(() => (answered += 1)));
  await events[Symbol.asyncDispose]();
  await turn();
  expect(answered).toBe(5);
  await Promise.all(publishes);
});

describeWithPostgres("two nodes", () => {
  it("store what lost a deadlock all the same", async () => {
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 2 });
    const [low = "", high = ""] = [endpointId, await home.addEndpoint()].sort();
    const { events } = setup({ nodeRoom: () => 0 });
    const make = {
      name: "test-make-lane",
      text: `insert into lanes (endpoint_id, next_turn_at) values ($1::uuid, now()) on conflict (endpoint_id) do nothing`,
    };
    const outcome = await other.transaction(async (transaction) => {
      await transaction.query(make, [high]);
      const stored = events.store(one());
      await untilBlocked(other);
      // The statement has made the lower lane and waits for who makes the higher; this closes the circle.
      await transaction.query(make, [low]);
      return { stored };
    });
    expect(await outcome.stored).toMatchObject({ kind: "stored", events: [{ deliveries: 2 }] });
  });

  it("store a publish with an id once, whichever comes first", async () => {
    await using other = await openPostgres({ url: bench.database.url ?? "", poolSize: 4 });
    const [here, there] = [setup(), setup({ database: other })];
    for (let round = 0; round < 20; round += 1) {
      const batch = home.request([
        { type: "a", id: `${round}-a` },
        { type: "a", id: `${round}-b` },
      ]);
      const outcomes = await Promise.all([
        here.events.store(one({ id: `${round}` })),
        there.events.store(one({ id: `${round}` })),
        here.events.store({ ...batch, ...key(`${round}`) }),
        there.events.store({ ...batch, ...key(`${round}`) }),
      ]);
      expect(idsOf(outcomes[0])).toEqual(idsOf(outcomes[1]));
      expect(idsOf(outcomes[2])).toEqual(idsOf(outcomes[3]));
    }
    expect(await countEvents()).toBe(60);
  });
});
