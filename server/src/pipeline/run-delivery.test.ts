import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import {
  type EngineBench,
  heldDelivery,
  openEngineBench,
  ROOT,
  type TenantBench,
} from "../../test/support/engine-bench.ts";
import { disableEndpoint } from "../core/endpoints/disable-endpoint.ts";
import { pauseEndpoint } from "../core/endpoints/pause-endpoint.ts";
import { updateEndpoint } from "../core/endpoints/update-endpoint.ts";
import { rotateSecret } from "../core/secrets/rotate-secret.ts";
import type { Statement } from "../db/database.ts";
import { createEgressGuard, type EgressGuard } from "../egress/egress-guard.ts";
import { type Courier, createCourier } from "./deliver/deliver.ts";
import { TargetLoader } from "./load/load-target.ts";
import { openTargets } from "./load/open-targets.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import { RetryCrowds } from "./retry/retry-crowds.ts";
import { runDelivery } from "./run-delivery.ts";

let bench: EngineBench;
let home: TenantBench;
let receiver: Receiver;
let guard: EgressGuard;
let courier: Courier;
let endpointId: string;

beforeAll(async () => {
  bench = await openEngineBench();
  guard = createEgressGuard({ allow: ["127.0.0.0/8"], nowMs: () => performance.now() });
  courier = createCourier({ guard, now: () => bench.clock.now() });
});
afterAll(async () => {
  await courier[Symbol.asyncDispose]();
  guard[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  receiver = await startReceiver();
  home = await bench.addTenant("a");
  endpointId = await home.addEndpoint({ url: receiver.url });
  context.onTestFinished(() => receiver[Symbol.asyncDispose]());
});

const of = () => ({ context: bench.context, actor: ROOT, tenantId: home.tenant.id, endpointId });

/** Runs one delivery; resolves to what was handed to the record stage. */
async function run(
  input: Parameters<typeof heldDelivery>[0] = {},
  database: EngineBench["database"] = bench.database,
): Promise<FinishedAttempt> {
  const recorded: FinishedAttempt[] = [];
  const stages = {
    now: () => bench.clock.now(),
    random: () => 0.5,
    crowds: new RetryCrowds(),
    version: "9.9.9",
    loader: new TargetLoader({ database, open: (loaded) => openTargets(bench.context.keyRing, loaded) }),
    courier,
    record: async (finished: FinishedAttempt) => {
      recorded.push(finished);
      return { kind: "recorded", attemptId: 1 } as const;
    },
  };
  // Held for long: the endpoint is read as it is now.
  await runDelivery(stages, heldDelivery({ endpointId, heldSince: performance.now() - 1_000, ...input }));
  const [finished] = recorded;
  if (finished === undefined || recorded.length > 1) throw new Error(`${recorded.length} were recorded`);
  return finished;
}

describe("runDelivery", () => {
  it("sends once and records what was accepted", async () => {
    expect(await run()).toMatchObject({
      next: { state: "succeeded" },
      attempts: 1,
      attempt: { outcome: "accepted", decision: "finish", requestUrl: receiver.url },
      health: { class: null, decision: "finish" },
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it("records a failure with its next try", async () => {
    receiver.react(answer(500));
    expect(await run()).toMatchObject({
      next: { state: "pending", dueAt: new Date(bench.clock.nowMs() + 5_000), parkUntil: null },
      attempts: 1,
      attempt: { class: "http_server_error", decision: "retry" },
    });
  });

  it("goes by the endpoint's own waits", async () => {
    await updateEndpoint({ ...of(), input: { retryWaits: [60] } });
    receiver.react(answer(500));
    expect(await run()).toMatchObject({ next: { dueAt: new Date(bench.clock.nowMs() + 60_000) } });
    expect(await run({ attempts: 1 })).toMatchObject({ next: { state: "exhausted" } });
  });

  it("makes no request to an endpoint that is paused or disabled", async () => {
    await pauseEndpoint(of());
    expect(await run()).toMatchObject({ next: { state: "pending" }, attempt: null, attempts: 0 });
    await disableEndpoint(of());
    expect(await run()).toMatchObject({ next: { state: "cancelled", reason: "endpoint_disabled" }, attempt: null });
    expect(receiver.requests).toHaveLength(0);
  });

  it("cancels what failed where the endpoint was disabled while the request was on its way", async () => {
    receiver.react(async (exchange) => {
      await disableEndpoint(of());
      await answer(500)(exchange);
    });
    expect(await run()).toMatchObject({
      next: { state: "cancelled", reason: "endpoint_disabled" },
      attempt: { decision: "cancel", class: "http_server_error" },
    });
  });

  it("counts as a success what was accepted while the endpoint was disabled", async () => {
    receiver.react(async (exchange) => {
      await disableEndpoint(of());
      await answer(200)(exchange);
    });
    expect(await run()).toMatchObject({ next: { state: "succeeded" } });
  });

  it("shows the values of the endpoint's own headers as stars", async () => {
    await updateEndpoint({ ...of(), input: { headers: { "x-own": "secret" } } });
    const { attempt } = await run();
    expect(receiver.requests[0]?.headers["x-own"]).toBe("secret");
    expect(attempt?.requestHeaders).toContain('["x-own","***"]');
    expect(attempt?.requestHeaders).not.toContain("secret");
  });

  it("reads the endpoint again when the process was stopped between the read and the signing", async () => {
    const query = bench.database.query.bind(bench.database);
    let rotated = false;
    const database: typeof bench.database = {
      ...bench.database,
      async query<Row extends object>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> {
        const rows = await query<Row>(statement, parameters);
        if (statement.name !== "load-live-secrets" || rotated) return rows;
        rotated = true;
        await rotateSecret({ ...of(), input: { overlapSeconds: 1 } });
        bench.clock.advance(1_000);
        // As SIGSTOP does to a process, or the pause of its machine: the answer is here, and nothing runs.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
        return rows;
      },
    };
    const finished = await run({}, database);
    expect(finished.attempt?.signedBy).toEqual([2]);
  });
});
