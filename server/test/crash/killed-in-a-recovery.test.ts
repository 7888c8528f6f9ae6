/**
 * A server that is killed in the middle of a recovery: with a step written and not committed, with one committed that
 * nobody was told of, and while receivers are at it. The one after it goes on, and each delivery has been resent once.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { answerOk, type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { fromUuidId } from "../../src/core/ids/public-id.ts";
import { postgresServerUrl } from "../support/database.ts";
import { type ApiCall, createApiCall } from "./crash-tenant.ts";
import { type CrashSite, openCrashSite } from "./open-crash-site.ts";
import { settle } from "./settle.ts";
import type { CrashingServer } from "./start-crashing-server.ts";

const DELIVERIES = 60;
const RATE_PER_SECOND = 40;
/** To a server that follows another it seems that the one before it was silent for longer than a node may be. */
const AWAY_MS = 12_000;
const ROUND_MS = 120_000;

let site: CrashSite;
beforeAll(async () => {
  site = await openCrashSite({ kind: postgresServerUrl ? "postgres" : "embedded", awayMs: AWAY_MS });
});
afterAll(() => site[Symbol.asyncDispose]());

interface Round {
  readonly server: CrashingServer;
  readonly receiver: Receiver;
}

describe("a server that is killed in a recovery", () => {
  it.each<[string, (round: Round) => Promise<void>]>([
    ["its step written", async ({ server }) => server.arm({ point: "resend written", after: 3 })],
    ["its step committed", async ({ server }) => server.arm({ point: "resend committed", after: 2 })],
    [
      "requests on their way",
      async ({ server, receiver }) => {
        await receiver.waitForRequests(DELIVERIES + RATE_PER_SECOND / 2);
        server.kill("SIGKILL");
      },
    ],
  ])(
    "with %s leaves the rest to the one after it",
    async (_when, kill) => {
      const server = await site.live();
      await using receiver = await startReceiver({ react: answer(500) });
      const { path, tenantId } = await failAll(server, receiver);
      receiver.react(answerOk);

      const call = createApiCall(server.url, site.rootKey);
      const { id } = await call("POST", `${path}/recoveries`, { ratePerSecond: RATE_PER_SECOND });
      await kill({ server, receiver });
      expect((await server.exited).signal).toBe("SIGKILL");
      site.letTimePass();
      const next = await site.start({ before: { name: server.name, tenantId } });
      if ("diedAt" in next) throw new Error("a server that was not armed died at its start");
      site.follow(next);
      // It died in the middle: some had been resent, and some had not.
      const runs = [...(next.found?.queue ?? []), ...(next.found?.ended ?? [])].map(({ run }) => run);
      expect(new Set(runs)).toEqual(new Set([1, 2]));

      await receiver.waitForRequests(2 * DELIVERIES);
      const recovery = await finish(createApiCall(next.url, site.rootKey), `${path}/recoveries/${String(id)}`);
      expect(recovery).toMatchObject({ recovered: DELIVERIES, payloadsGone: 0, progress: 1 });
      expect((await settle(next, performance.now())).violations).toEqual([]);
      const { queue, ended, attempts } = await next.read(tenantId);
      expect(queue).toEqual([]);
      expect(ended.map(({ run, state }) => [run, state])).toEqual(ended.map(() => [2, "succeeded"]));
      expect(ended).toHaveLength(DELIVERIES);
      expect(attempts.filter(({ run }) => run === 2)).toHaveLength(DELIVERIES);
      // What was in flight at the death is repeated, and nothing else.
      const inFlight = next.found?.queue.filter(({ lease }) => lease !== null).length ?? 0;
      expect(receiver.requests.length).toBeLessThanOrEqual(2 * DELIVERIES + inFlight);
    },
    ROUND_MS,
  );
});

/** A tenant whose deliveries have all ended without success. */
async function failAll(
  server: CrashingServer,
  receiver: Receiver,
): Promise<{ readonly path: string; readonly tenantId: string }> {
  const call = createApiCall(server.url, site.rootKey);
  const tenant = await call("POST", "/v1/tenants", { name: "Recovered" });
  const path = `/v1/tenants/${String(tenant["slug"])}`;
  await call("PUT", `${path}/event-types/order.paid`, {});
  await call("POST", `${path}/endpoints`, { url: receiver.url, retryWaits: [] });
  const events = Array.from({ length: DELIVERIES }, (_, n) => ({ type: "order.paid", data: { n } }));
  await call("POST", `${path}/events/batch`, { events });
  await receiver.waitForRequests(DELIVERIES);
  expect((await settle(server, performance.now())).violations).toEqual([]);
  return { path, tenantId: fromUuidId("ten", String(tenant["id"])) ?? "" };
}

/** Asked until it is done: its last step finds that nothing is left, of which nobody is told. */
async function finish(call: ApiCall, path: string): Promise<Record<string, unknown>> {
  for (;;) {
    const recovery = await call("GET", path);
    if (recovery["state"] !== "running") return recovery;
  }
}
