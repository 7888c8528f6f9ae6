/** One reader of the event stream while several nodes store: it misses nothing and gets nothing twice. */
import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { createApiClient } from "../../support/api-client.ts";
import { describeWithPostgres, openTestDatabase } from "../../support/database.ts";
import { startServingProcess } from "../../support/start-serving-process.ts";
import { openOrganization } from "./open-organization.ts";
import { readStream } from "./stream-reader.ts";

const PUBLISHERS_A_NODE = 2;
const BATCHES = 15;
const BATCH = 20;
/** Two processes start, which takes its time on a busy machine. */
const TIMEOUT_MS = 120_000;

describeWithPostgres("the stream of one node while two store", () => {
  test(
    "four publishers, one reader: none missed, none twice, on either node",
    async () => {
      await using stack = new AsyncDisposableStack();
      const database = stack.use(await openTestDatabase());
      const rootKey = `root_${randomBytes(16).toString("hex")}`;
      const encryptionKeys = `test:${randomBytes(32).toString("base64")}`;
      const options = { databaseUrl: database.url ?? "", rootKey, encryptionKeys };
      const nodes = [stack.use(await startServingProcess(options)), stack.use(await startServingProcess(options))];
      const clients = nodes.map(({ url }) => createApiClient({ baseUrl: url, token: rootKey }));
      const [client] = clients;
      const [node] = nodes;
      if (client === undefined || node === undefined) throw new Error("there is no node");
      const organization = await openOrganization({ client: () => client, server: node });
      const streams = await Promise.all(
        nodes.map(async ({ url }) => stack.use(await readStream({ baseUrl: url, token: organization.apiKey }))),
      );

      const publish = async (publisher: string, at: (typeof clients)[number]): Promise<string[]> => {
        const ids: string[] = [];
        for (let batch = 0; batch < BATCHES; batch += 1) {
          const events = Array.from({ length: BATCH }, (_, index) => ({
            type: "signup.created",
            data: { publisher, n: batch * BATCH + index },
          }));
          const { status, body, text } = await at.post(`${organization.path}/events/batch`, { events });
          expect(status, text).toBe(202);
          ids.push(...body.events.map(({ id }: { id: string }) => id));
        }
        return ids;
      };
      const publishers = clients.flatMap((at, place) =>
        Array.from({ length: PUBLISHERS_A_NODE }, (_, index) => publish(`${place}.${index}`, at)),
      );
      const stored = (await Promise.all(publishers)).flat();
      expect(stored.length).toBe(2 * PUBLISHERS_A_NODE * BATCHES * BATCH);
      for (const stream of streams) {
        const got = (await stream.frames(stored.length)).map(({ id }) => id);
        expect(got.toSorted()).toEqual(stored.toSorted());
      }
    },
    TIMEOUT_MS,
  );
});
