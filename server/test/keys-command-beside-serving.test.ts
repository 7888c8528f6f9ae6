/** `posthorn keys reencrypt` while a process serves: both at work on one database. */
import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { startReceiver } from "../../devkit/receivers/start-receiver.ts";
import { generateKey } from "../src/commands/keys.ts";
import { createApiClient } from "./support/api-client.ts";
import { describeWithPostgres, openTestDatabase } from "./support/database.ts";
import { runPosthorn } from "./support/run-posthorn.ts";
import { startServingProcess } from "./support/start-serving-process.ts";

const A = generateKey("a");
const B = generateKey("b");
/** Processes start one after the other, which takes seconds apiece where others work too. */
const TIMEOUT_MS = 120_000;

describeWithPostgres("posthorn keys reencrypt beside a serving process", () => {
  test(
    "everything is moved while endpoints and secrets change, and the next process needs the new key alone",
    async () => {
      await using stack = new AsyncDisposableStack();
      const database = stack.use(await openTestDatabase());
      const receiver = stack.use(await startReceiver());
      const databaseUrl = database.url ?? "";
      const rootKey = `root_${randomBytes(16).toString("hex")}`;
      const serve = async (encryptionKeys: string) => startServingProcess({ databaseUrl, rootKey, encryptionKeys });
      const clientOf = ({ url }: { url: string }) => createApiClient({ baseUrl: url, token: rootKey });

      const first = stack.use(await serve(A));
      const tenant = "/v1/tenants/keys";
      await clientOf(first).post("/v1/tenants", { name: "Keys", slug: "keys" });
      await clientOf(first).put(`${tenant}/event-types/a.b`, {});
      const paths: string[] = [];
      for (let count = 0; count < 50; count += 1) {
        const headers = { "x-count": String(count) };
        const { body } = await clientOf(first).post(`${tenant}/endpoints`, { url: receiver.url, headers });
        paths.push(`${tenant}/endpoints/${body.id}`);
      }
      await first.end("SIGTERM");

      const second = stack.use(await serve(`${B},${A}`));
      let changes = 0;
      let moving = true;
      const changing = (async () => {
        while (moving) {
          const path = paths[changes % paths.length] ?? "";
          await clientOf(second).patch(path, { headers: { "x-changed": String((changes += 1)) } });
          await clientOf(second).post(`${path}/secrets/rotate`, { overlapSeconds: 0 });
        }
      })();
      const ring = { DATABASE_URL: databaseUrl, POSTHORN_ENCRYPTION_KEYS: `${B},${A}` };
      const moved = await runPosthorn(["keys", "reencrypt"], { env: ring });
      moving = false;
      await changing;
      expect(moved.code, moved.stdout).toBe(0);
      for (const key of [A, B]) expect(moved.stdout + moved.stderr).not.toContain(key.slice(2));
      await second.end("SIGTERM");

      const third = stack.use(await serve(B));
      expect((await clientOf(third).post(`${tenant}/events`, { type: "a.b", data: 1 })).body.deliveries).toBe(50);
      const requests = await receiver.waitForRequests(50);
      for (const { headers } of requests) expect(headers["x-count"] ?? headers["x-changed"]).toMatch(/^\d+$/);
      expect(third.complaints).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
