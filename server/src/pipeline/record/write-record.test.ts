import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type EngineBench,
  finishedAttempt,
  openEngineBench,
  readAttempts,
  readLane,
  readLog,
  readQueue,
  ROOT,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { getEndpoint } from "../../core/endpoints/get-endpoint.ts";
import { pauseEndpoint } from "../../core/endpoints/pause-endpoint.ts";
import { claimDueDeliveries } from "../dispatch/claim-due-deliveries.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { withoutAttempt } from "./without-attempt.ts";
import { writeRecord } from "./write-record.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;
let leases = 0;
let waits = 0;

const DAY_MS = 86_400_000;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, turn_requests");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint();
  waits = 0;
});

const record = (...finished: FinishedAttempt[]) =>
  writeRecord(
    {
      database: bench.database,
      now: bench.clock.now(),
      eventIdDays: 30,
      defaultMaxInFlight: 16,
      onWaiting: () => (waits += 1),
    },
    finished,
  );

async function claim(): Promise<HeldDelivery[]> {
  const settings = { ...bench, nextLease: () => (leases += 1), room: 100, defaultMaxInFlight: 16, capShare: WHOLE_CAP };
  return (await claimDueDeliveries(settings)).deliveries;
}

/** Publishes and claims one delivery of the tenant's only endpoint. */
async function hold(): Promise<HeldDelivery> {
  await home.publish("a");
  const [held] = await claim();
  if (held === undefined) throw new Error("nothing was claimed");
  return held;
}

const succeed = (held: HeldDelivery): FinishedAttempt => finishedAttempt(held, bench.clock.now());
const exhaust = (held: HeldDelivery): FinishedAttempt =>
  finishedAttempt(held, bench.clock.now(), { failed: "http_server_error" });
function fail(held: HeldDelivery, afterMs: number, parkMs: number | null = null): FinishedAttempt {
  const at = (ms: number): Date => new Date(bench.clock.nowMs() + ms);
  const next = { state: "pending" as const, dueAt: at(afterMs), parkUntil: parkMs === null ? null : at(parkMs) };
  return finishedAttempt(held, bench.clock.now(), { failed: "http_server_error", next });
}

const readHealth = async () =>
  (
    await bench.database.query<{ failing_since: Date | null; consecutive_failures: number; failed_deliveries: number }>(
      { name: "test-health", text: "select * from endpoint_health where endpoint_id = $1::uuid" },
      [endpointId],
    )
  )[0];

const readEndpoint = () => getEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });

async function readEvents(): Promise<{ type: string; source: string; data: Record<string, unknown> }[]> {
  const text = `select type, source, convert_from(data, 'UTF8')::json as data from events
    where tenant_id = $1::uuid and source = 'operational' order by id`;
  return bench.database.query({ name: "test-operational", text }, [home.tenant.id]);
}

describe("a record", () => {
  it("moves what ended from the queue to the log, once, with its attempt", async () => {
    const held = await hold();
    const [row] = await record(succeed(held));
    expect(await readQueue(bench.database, endpointId)).toEqual([]);
    expect(await readLog(bench.database, endpointId)).toMatchObject([
      { id: held.deliveryId, state: "succeeded", reason: null, run: 1, attempts: 1, last_class: null },
    ]);
    expect(await readAttempts(bench.database, endpointId)).toMatchObject([
      {
        id: row?.attempt_id,
        delivery_id: held.deliveryId,
        run: 1,
        number: 1,
        outcome: "accepted",
        response_status: 200,
      },
    ]);
  });

  it("keeps each attempt's digest and answer apart in one batch", async () => {
    const [first, second] = [await hold(), await hold()];
    const withBody = (held: HeldDelivery, body: string | null, digest: number): FinishedAttempt => {
      const finished = succeed(held);
      if (finished.attempt?.answer === undefined || finished.attempt.answer === null) throw new Error("no answer");
      const answer = body === null ? null : { ...finished.attempt.answer, body: Buffer.from(body) };
      return { ...finished, attempt: { ...finished.attempt, answer, requestSha256: new Uint8Array(32).fill(digest) } };
    };
    await record(withBody(first, "one\0\xff", 1), withBody(second, null, 2));
    const text =
      "select request_sha256, response_body, response_status from attempts where endpoint_id = $1::uuid order by id";
    const rows = await bench.database.query<{ request_sha256: Buffer; response_body: Buffer | null }>(
      { name: "test-bytes", text },
      [endpointId],
    );
    expect(rows.map(({ request_sha256 }) => request_sha256[0])).toEqual([1, 2]);
    expect(rows.map(({ response_body }) => response_body?.toString() ?? null)).toEqual(["one\0\xff", null]);
  });

  it("writes nothing for a lease that was lost, and the rest of its batch all the same", async () => {
    const [late, held] = [await hold(), await hold()];
    const rows = await record({ ...succeed(late), delivery: { ...late, lease: late.lease + 1_000 } }, succeed(held));
    expect(rows.map(({ no }) => no)).toEqual([2]);
    expect(await readQueue(bench.database, endpointId)).toMatchObject([
      { delivery_id: late.deliveryId, lease: late.lease },
    ]);
    expect(await readAttempts(bench.database, endpointId)).toHaveLength(1);
  });

  it("records one of two outcomes of the same lease", async () => {
    const held = await hold();
    await record(succeed(held));
    expect(await record(exhaust(held))).toEqual([]);
    expect(await readLog(bench.database, endpointId)).toMatchObject([{ state: "succeeded" }]);
  });

  it("lets what failed wait for its time, with its tries spent", async () => {
    const held = await hold();
    await record(fail(held, 5_000));
    const dueAt = new Date(bench.clock.nowMs() + 5_000);
    expect(await readQueue(bench.database, endpointId)).toMatchObject([
      { lease: null, due_at: dueAt, attempts: 1, deferrals: 0, last_class: "http_server_error" },
    ]);
    expect(await readLane(bench.database, endpointId)).toMatchObject({ next_turn_at: dueAt, parked_until: null });
    bench.clock.advance(5_000);
    expect(await claim()).toMatchObject([{ deliveryId: held.deliveryId, attempts: 1, run: 1 }]);
  });

  it("holds up no other delivery of the endpoint by one that waits for its next try", async () => {
    const held = await hold();
    await record(fail(held, 5_000));
    const eventId = await home.publish("a");
    expect(await claim()).toMatchObject([{ eventId }]);
  });

  it("parks the whole endpoint where the receiver asked for time", async () => {
    const held = await hold();
    await home.publish("a");
    await record({ ...fail(held, 60_000, 60_000), attempts: 0, deferrals: 1 });
    expect(await readQueue(bench.database, endpointId)).toMatchObject([{ attempts: 0, deferrals: 1 }, { lease: null }]);
    expect(await claim()).toEqual([]);
    bench.clock.advance(59_999);
    expect(await claim()).toEqual([]);
    bench.clock.advance(1);
    expect(await claim()).toHaveLength(2);
  });

  it("writes no attempt where no request was made, and spends no try", async () => {
    const held = await hold();
    const dueAt = new Date(bench.clock.nowMs() + 60_000);
    const next = { state: "pending" as const, dueAt, parkUntil: dueAt };
    await record(withoutAttempt(held, next, bench.clock.now(), "key_unavailable"));
    expect(await readQueue(bench.database, endpointId)).toMatchObject([
      { lease: null, due_at: dueAt, attempts: 0, last_class: "key_unavailable" },
    ]);
    expect(await readAttempts(bench.database, endpointId)).toEqual([]);
    expect(await readHealth()).toMatchObject({ failing_since: null, consecutive_failures: 0 });
  });

  it("says why a delivery was cancelled", async () => {
    const held = await hold();
    const next = { state: "cancelled" as const, reason: "endpoint_disabled" };
    await record(finishedAttempt(held, bench.clock.now(), { failed: "http_server_error", next }));
    expect(await readLog(bench.database, endpointId)).toMatchObject([
      { state: "cancelled", reason: "endpoint_disabled" },
    ]);
  });
});

describe("an endpoint's health", () => {
  it("has no row before its first failure", async () => {
    await record(succeed(await hold()));
    expect(await readHealth()).toBeUndefined();
  });

  it("counts failures of one batch together and forgets them at the first success", async () => {
    const [first, second, third] = [await hold(), await hold(), await hold()];
    await record(fail(first, 1_000), exhaust(second));
    expect(await readHealth()).toMatchObject({
      failing_since: bench.clock.now(),
      consecutive_failures: 2,
      failed_deliveries: 1,
    });
    await record(succeed(third));
    expect(await readHealth()).toMatchObject({ failing_since: null, consecutive_failures: 0, failed_deliveries: 0 });
  });

  it("counts nothing of a lease that was lost", async () => {
    const held = await hold();
    await record({ ...exhaust(held), delivery: { ...held, lease: held.lease + 1_000 } });
    expect(await readHealth()).toMatchObject({ consecutive_failures: 0, failed_deliveries: 0 });
  });
});

describe("an endpoint that fails for too long", () => {
  /** Twenty failed deliveries, the first of them five days before the last. */
  async function failForFiveDays(): Promise<void> {
    for (let count = 0; count < 19; count += 1) await record(exhaust(await hold()));
    bench.clock.advance(5 * DAY_MS);
    await record(exhaust(await hold()));
  }

  it("is paused after five days and twenty failed deliveries, not before", async () => {
    for (let count = 0; count < 19; count += 1) await record(exhaust(await hold()));
    expect(await readEndpoint()).toMatchObject({ status: "active" });
    const last = await hold();
    bench.clock.advance(5 * DAY_MS - 1);
    await record(exhaust(last));
    expect(await readEndpoint()).toMatchObject({ status: "active" });
    const held = await hold();
    bench.clock.advance(1);
    await record(exhaust(held));
    expect(await readEndpoint()).toMatchObject({ status: "paused", statusReason: "failing" });
  });

  it("is told of in the same commit, to those endpoints alone that name the event", async () => {
    const listener = await home.addEndpoint({ eventTypes: ["endpoint.paused", "endpoint.failing"] });
    const everything = await home.addEndpoint();
    await bench.database.script(`delete from lanes where endpoint_id = '${everything}'`);
    await failOnly();
    const events = await readEvents();
    expect(events.filter(({ type }) => type === "endpoint.paused")).toMatchObject([
      { source: "operational", data: { reason: "failing", failedDeliveries: 20, url: "https://receiver.example/" } },
    ]);
    expect((await readQueue(bench.database, listener)).map(({ source }) => source)).toContain("operational");
    expect((await readQueue(bench.database, everything)).map(({ source }) => source)).not.toContain("operational");
    expect(waits).toBeGreaterThan(0);

    async function failOnly(): Promise<void> {
      for (let count = 0; count < 20; count += 1) {
        if (count === 19) bench.clock.advance(5 * DAY_MS);
        await home.publish("a");
        const mine = (await claim()).filter((held) => held.endpointId === endpointId);
        await record(...mine.map(exhaust));
      }
    }
  });

  it("rolls its outcomes back with the operational events when these cannot be stored", async () => {
    const held = await hold();
    await bench.database.script(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create trigger refuse before insert on events for each row when (new.source = 'operational') execute function refuse();`);
    await expect(record(exhaust(held))).rejects.toThrow("refused");
    await bench.database.script("drop trigger refuse on events; drop function refuse()");
    expect(await readLog(bench.database, endpointId)).toEqual([]);
    expect(await readHealth()).toBeUndefined();
    await record(exhaust(held));
    expect(await readEvents()).toMatchObject([{ type: "delivery.exhausted" }]);
  });

  it("causes one pause, and a further failure none", async () => {
    const [late] = [await hold()];
    await failForFiveDays();
    await record(exhaust(late));
    expect((await readEvents()).filter(({ type }) => type === "endpoint.paused")).toHaveLength(1);
  });

  it("is disabled at once where the receiver says it is gone, also while paused", async () => {
    const held = await hold();
    await pauseEndpoint({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });
    const before = await readVersion();
    await record({ ...exhaust(held), disable: "gone" });
    expect(await readEndpoint()).toMatchObject({ status: "disabled", statusReason: "gone" });
    expect(await readVersion()).toBe(before + 1);
    expect((await readEvents()).map(({ type }) => type)).toEqual(["delivery.exhausted", "endpoint.disabled"]);
  });

  async function readVersion(): Promise<number> {
    const text = "select version from endpoints where id = $1::uuid";
    const [row] = await bench.database.query<{ version: number }>({ name: "test-version", text }, [endpointId]);
    return row?.version ?? -1;
  }
});

describe("operational events", () => {
  it("say what was exhausted, in public ids", async () => {
    const held = await hold();
    await record(exhaust(held));
    expect(await readEvents()).toMatchObject([
      {
        type: "delivery.exhausted",
        data: {
          deliveryId: expect.stringMatching(/^dlv_/),
          eventId: expect.stringMatching(/^evt_/),
          endpointId: expect.stringMatching(/^ep_/),
          eventType: "a",
          run: 1,
          attempts: 1,
          lastClass: "http_server_error",
          lastStatus: 500,
        },
      },
    ]);
  });

  it.each(["operational", "test", "probe"] as const)(
    "are never caused by a delivery whose source is %s",
    async (source) => {
      const held = { ...(await hold()), source };
      await record(exhaust(held));
      expect(await readEvents()).toEqual([]);
      expect(await readHealth()).toMatchObject({ consecutive_failures: 0 });
    },
  );

  it("show no query string of the endpoint's URL", async () => {
    endpointId = await (home = await bench.addTenant("a")).addEndpoint({ url: "https://r.example/in?token=secret" });
    await record({ ...exhaust(await hold()), disable: "gone" });
    const disabled = (await readEvents()).find(({ type }) => type === "endpoint.disabled");
    expect(disabled?.data).toMatchObject({ url: "https://r.example/in" });
  });
});
