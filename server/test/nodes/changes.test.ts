/**
 * Promise 5 between processes: what one node has answered counts on the other from the very next event. Each change is
 * made many times, so that a cache that is stale now and then is found.
 */
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { describeWithPostgres } from "../support/database.ts";
import type { ServingProcess } from "../support/start-serving-process.ts";
import type { Arrival } from "./counting-receiver.ts";
import { openSite, type Site } from "./open-site.ts";

const TIMES = 25;

describeWithPostgres("what one process answered, the other goes by", () => {
  let site: Site;
  let changing: ServingProcess;
  let publishing: ServingProcess;
  let endpoint: Awaited<ReturnType<Site["endpoint"]>>;
  let path: string;
  let made = 0;

  beforeAll(async () => {
    site = await openSite({ answerAfterMs: () => 0 });
    changing = await site.start();
    publishing = await site.start();
  });
  afterAll(() => site[Symbol.asyncDispose]());
  beforeEach(async () => {
    made += 1;
    path = `/endpoint-${made}`;
    // Of its own, and alone: endpoints of other tests would take these events too.
    endpoint = await site.endpoint(changing, path);
    await publishAndReceive();
    return async () => void (await change("DELETE", endpoint.path, undefined, 204));
  });

  const change = (method: "POST" | "PATCH" | "DELETE", at: string, body?: object, status = 200) =>
    site.call(changing, { method, path: at, status, ...(body === undefined ? {} : { body }) });

  async function publish(token?: string): Promise<string> {
    const id = await site.publish(publishing, { made }, token);
    if (id === null) throw new Error("the publish was refused");
    return id;
  }

  async function publishAndReceive(): Promise<Arrival> {
    const id = await publish();
    const find = (): Arrival | undefined => site.receiver.arrivals(path).find(({ eventId }) => eventId === id);
    await site.receiver.until(() => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error("it did not arrive");
    return found;
  }

  it("a changed header", async () => {
    for (let turn = 0; turn < TIMES; turn += 1) {
      await change("PATCH", endpoint.path, { headers: { "x-turn": String(turn) } });
      expect((await publishAndReceive()).headers["x-turn"]).toBe(String(turn));
    }
  });

  it("a rotated secret", async () => {
    let { secret: old } = endpoint;
    for (let turn = 0; turn < TIMES; turn += 1) {
      const { secret } = await change("POST", `${endpoint.path}/secrets/rotate`, { overlapSeconds: 0 });
      const { body, headers } = await publishAndReceive();
      new Webhook(secret).verify(body, headers as Record<string, string>);
      const spent = old;
      expect(() => new Webhook(spent).verify(body, headers as Record<string, string>)).toThrow();
      old = secret;
    }
  });

  it("a pause, and a resume", async () => {
    for (let turn = 0; turn < TIMES; turn += 1) {
      await change("POST", `${endpoint.path}/pause`, {});
      const waiting = await publish();
      const { data } = await change("GET" as "POST", `${site.tenantPath}/deliveries?eventId=${waiting}`);
      expect(data).toMatchObject([{ state: "pending", attemptCount: 0 }]);
      await change("POST", `${endpoint.path}/resume`, {});
      await site.receiver.until(() => site.receiver.arrivals(path).some(({ eventId }) => eventId === waiting));
    }
  });

  it("a revoked key", async () => {
    for (let turn = 0; turn < TIMES; turn += 1) {
      const body = { name: "Publisher", scopes: ["events:publish"] };
      const key = await change("POST", `${site.tenantPath}/api-keys`, body, 201);
      await publish(key.token);
      await change("DELETE", `${site.tenantPath}/api-keys/${key.id}`, undefined, 204);
      expect(await site.publish(publishing, {}, key.token)).toBeNull();
    }
  });
});
