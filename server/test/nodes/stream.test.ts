/** A reader of the native stream that is cut off again and again while four publishers store: none missed, none twice. */
import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { createApiClient } from "../support/api-client.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startTestServer } from "../support/start-server.ts";
import { startServingProcess } from "../support/start-serving-process.ts";
import { openStream } from "../support/stream-reader.ts";

const PUBLISHERS = 4;
const BATCHES = 15;
const BATCH = 20;
/** Events after which a reader is cut off, so that cuts fall into catching up, into joining and into what is told. */
const EVENTS_A_CONNECTION = 37;
/** Two processes start, which takes its time on a busy machine. */
const TIMEOUT_MS = 120_000;

test(
  "four publishers, a reader on each node that is cut off after every few events",
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await openTestDatabase());
    const rootKey = `root_${randomBytes(16).toString("hex")}`;
    const nodes = await startNodes(stack, database, rootKey);
    const clients = nodes.map((baseUrl) => createApiClient({ baseUrl, token: rootKey }));
    const [client] = clients;
    if (client === undefined) throw new Error("there is no node");
    await client.post("/v1/tenants", { name: "Streamed", slug: "streamed" });
    await client.put("/v1/tenants/streamed/event-types/a.b");

    const open = (baseUrl: string, lastEventId?: string) =>
      openStream({
        baseUrl,
        tenant: "streamed",
        token: rootKey,
        ...(lastEventId === undefined ? {} : { lastEventId }),
      });
    await using beginning = await open(nodes[0] ?? "");
    await beginning.begun();
    const first = beginning.lastCursor();

    const total = PUBLISHERS * BATCHES * BATCH;
    const read = async (reader: number): Promise<string[]> => {
      const got: string[] = [];
      let cursor = first;
      for (let cut = 0; got.length < total; cut += 1) {
        // Another node each time: a cursor is good at all of them.
        await using stream = await open(nodes[(reader + cut) % nodes.length] ?? "", cursor);
        const wanted = Math.min(EVENTS_A_CONNECTION, total - got.length);
        const events = (await stream.events(wanted)).slice(0, wanted);
        got.push(...events.map(({ data }) => (JSON.parse(data) as { id: string }).id));
        cursor = events.at(-1)?.cursor ?? cursor;
      }
      return got;
    };
    const publish = async (publisher: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let batch = 0; batch < BATCHES; batch += 1) {
        const events = Array.from({ length: BATCH }, (_, n) => ({ type: "a.b", data: { publisher, batch, n } }));
        const at = clients[publisher % clients.length] ?? client;
        const { status, body, text } = await at.post("/v1/tenants/streamed/events/batch", { events });
        expect(status, text).toBe(202);
        ids.push(...body.events.map(({ id }: { id: string }) => id));
      }
      return ids;
    };
    const readers = [read(0), read(1)];
    const stored = (await Promise.all(Array.from({ length: PUBLISHERS }, (_, place) => publish(place)))).flat();
    expect(stored.length).toBe(total);
    const [one, two] = await Promise.all(readers);
    expect(one?.toSorted()).toEqual(stored.toSorted());
    expect(two).toEqual(one);
  },
  TIMEOUT_MS,
);

/** Two processes on PostgreSQL; the embedded database has one, in this process. */
async function startNodes(stack: AsyncDisposableStack, database: TestDatabase, rootKey: string): Promise<string[]> {
  if (database.url === null) {
    return [stack.use(await startTestServer({ database, config: { rootKey } })).server.url];
  }
  const encryptionKeys = `test:${randomBytes(32).toString("base64")}`;
  const options = { databaseUrl: database.url, rootKey, encryptionKeys };
  return [stack.use(await startServingProcess(options)).url, stack.use(await startServingProcess(options)).url];
}
