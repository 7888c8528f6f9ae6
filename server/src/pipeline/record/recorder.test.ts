import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  type EngineBench,
  finishedAttempt,
  openEngineBench,
  readAttempts,
  readLog,
  store,
  type TenantBench,
} from "../../../test/support/engine-bench.ts";
import { claimDueDeliveries } from "../dispatch/claim-due-deliveries.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { AttemptRecord, FinishedAttempt } from "./finished-attempt.ts";
import { Recorder, type RecorderSettings } from "./recorder.ts";
import { writeRecord } from "./write-record.ts";
import { WHOLE_CAP } from "../dispatch/cap-share.ts";

let bench: EngineBench;
let home: TenantBench;
let endpointId: string;
let leases = 0;

beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.database.script("truncate queue, lanes, turn_requests");
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint({ maxInFlight: 100 });
});

function setup(settings: Partial<RecorderSettings> = {}) {
  const commits: number[] = [];
  const errors: unknown[] = [];
  const recorder = new Recorder({
    concurrency: 1,
    write: (batch) =>
      writeRecord(
        { database: bench.database, now: bench.clock.now(), eventIdDays: 30, defaultMaxInFlight: 16, onWaiting() {} },
        batch,
      ),
    onFreed() {},
    onError: (error) => void errors.push(error),
    onCommit: ({ batch }) => void commits.push(batch.length),
    ...settings,
  });
  return { recorder, commits, errors };
}

async function hold(count: number): Promise<HeldDelivery[]> {
  const events = Array.from({ length: count }, () => ({ type: "a" }));
  await store(bench, [home.request(events)], { nodeRoom: 0 });
  const settings = {
    ...bench,
    nextLease: () => (leases += 1),
    room: 1_000,
    defaultMaxInFlight: 16,
    capShare: WHOLE_CAP,
  };
  const { deliveries } = await claimDueDeliveries(settings);
  if (deliveries.length !== count) throw new Error(`${deliveries.length} were claimed`);
  return deliveries;
}

const succeed = (held: HeldDelivery): FinishedAttempt => finishedAttempt(held, bench.clock.now());

/** The finished attempt with other facts. */
function withFacts(finished: FinishedAttempt, facts: Partial<AttemptRecord>): FinishedAttempt {
  if (finished.attempt === null) throw new Error("there was no attempt");
  return { ...finished, attempt: { ...finished.attempt, ...facts } };
}

describe("Recorder", () => {
  it("writes what ends in one turn in one commit, and resolves with the attempt's id", async () => {
    const { recorder, commits } = setup();
    const outcomes = await Promise.all((await hold(5)).map((held) => recorder.record(succeed(held))));
    expect(commits).toEqual([5]);
    const ids = outcomes.map((outcome) => (outcome.kind === "recorded" ? outcome.attemptId : null));
    expect((await readAttempts(bench.database, endpointId)).map(({ id }) => id)).toEqual(ids);
  });

  it("says of a lost lease that it is fenced", async () => {
    const { recorder } = setup();
    const [held] = await hold(1);
    if (held === undefined) throw new Error("nothing was claimed");
    expect(await recorder.record(succeed({ ...held, lease: 1 }))).toEqual({ kind: "fenced" });
  });

  it("tries again when the database refuses for reasons of its own", async () => {
    const { recorder, errors } = setup({
      onError: (error) => {
        errors.push(error);
        void bench.database.script("drop trigger if exists refuse on attempts");
      },
    });
    await bench.database.script(`
      create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
      create trigger refuse before insert on attempts for each row execute function refuse();`);
    const [held] = await hold(1);
    if (held === undefined) throw new Error("nothing was claimed");
    expect(await recorder.record(succeed(held))).toMatchObject({ kind: "recorded" });
    expect(errors.length).toBeGreaterThan(0);
  });

  it("stops trying when it is abandoned", async () => {
    const failed = Promise.withResolvers<void>();
    const { recorder } = setup({
      write: () => Promise.reject(new Error("the database is away")),
      onError: () => failed.resolve(),
    });
    const [held] = await hold(1);
    if (held === undefined) throw new Error("nothing was claimed");
    const outcome = recorder.record(succeed(held));
    await failed.promise;
    recorder.abandon();
    expect(await outcome).toEqual({ kind: "fenced" });
    await recorder[Symbol.asyncDispose]();
  });
});

describe("an attempt that the database refuses for what it holds", () => {
  it("does not keep the others of its batch from being recorded, nor itself from ending", async () => {
    const { recorder } = setup();
    const held = await hold(9);
    const outcomes = await Promise.all(
      held.map((delivery, index) =>
        recorder.record(index === 4 ? withFacts(succeed(delivery), { reason: "a NUL: \0" }) : succeed(delivery)),
      ),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 9 }, () => "recorded"));
    const log = await readLog(bench.database, endpointId);
    expect(log.map(({ state }) => state)).toEqual(Array.from({ length: 9 }, () => "succeeded"));
    const attempts = await readAttempts(bench.database, endpointId);
    const poisoned = attempts.find(({ delivery_id }) => delivery_id === held[4]?.deliveryId);
    expect(poisoned).toMatchObject({ outcome: "accepted", class: null, response_status: null, response_body: null });
    expect(attempts.filter(({ response_status }) => response_status === 200)).toHaveLength(8);
  });

  it("is recorded without its answer as our own error when it had failed, which the endpoint is not blamed for", async () => {
    const { recorder } = setup();
    const [held] = await hold(1);
    if (held === undefined) throw new Error("nothing was claimed");
    const failed = finishedAttempt(held, bench.clock.now(), { failed: "http_server_error" });
    await recorder.record(withFacts(failed, { reason: "a NUL: \0" }));
    expect(await readAttempts(bench.database, endpointId)).toMatchObject([
      { outcome: "rejected", class: "internal_error", response_status: null },
    ]);
    expect(await readLog(bench.database, endpointId)).toMatchObject([
      { state: "exhausted", last_class: "internal_error" },
    ]);
    const health = {
      name: "test-health",
      text: "select consecutive_failures from endpoint_health where endpoint_id = $1::uuid",
    };
    expect(await bench.database.query(health, [endpointId])).toEqual([{ consecutive_failures: 0 }]);
  });

  it("leaves at least what became of its delivery", async () => {
    const { recorder } = setup();
    const [held] = await hold(1);
    if (held === undefined) throw new Error("nothing was claimed");
    await recorder.record(withFacts(succeed(held), { requestUrl: "a NUL: \0" }));
    expect(await readAttempts(bench.database, endpointId)).toEqual([]);
    expect(await readLog(bench.database, endpointId)).toMatchObject([{ state: "succeeded", attempts: 1 }]);
  });
});
