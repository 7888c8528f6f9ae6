/** What the log says of an event, and what it never says. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { startWatchedServer } from "../../test/support/start-watched-server.ts";

/** One key for all servers on this database: secrets of another key are an error in the log. */
const encryptionKeys = `test:${randomBytes(32).toString("base64")}`;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

it("tells each step of an event at debug, by its id", async () => {
  await using receiver = await startReceiver();
  await using watched = await startWatchedServer({ database, encryptionKeys, logLevel: "debug" });
  const path = await watched.newTenant("invoice.paid");
  const endpoint = await watched.send("POST", `${path}/endpoints`, { url: receiver.url });
  const { id: eventId } = await watched.send("POST", `${path}/events`, { type: "invoice.paid", data: 1 });
  await watched.recorded(1);

  const lines = watched.log.filter((line) => line["eventId"] === eventId);
  expect(lines.map((line) => line["msg"])).toEqual(["stored", "leased", "answered a publish", "attempted", "finished"]);
  const [stored, leased, answered, attempted, finished] = lines;
  expect(stored).toMatchObject({ type: "invoice.paid", source: "publish", deliveries: 1, waiting: 0 });
  expect(answered).toMatchObject({ requestId: expect.stringMatching(/^req_/), status: 202 });
  expect(attempted).toMatchObject({ number: 1, outcome: "accepted", class: null, status: 200, decision: "finish" });
  expect(finished).toMatchObject({ state: "succeeded", attempts: 1 });
  for (const line of [leased, attempted, finished]) {
    expect(line).toMatchObject({ deliveryId: leased?.["deliveryId"], endpointId: endpoint["id"], run: 1 });
  }
});

it("says at info when Posthorn stops an endpoint, and nothing of single deliveries", async () => {
  await using receiver = await startReceiver({ react: ({ response }) => void response.writeHead(410).end() });
  await using watched = await startWatchedServer({ database, encryptionKeys, logLevel: "info" });
  const path = await watched.newTenant("invoice.paid");
  const { id: endpointId } = await watched.send("POST", `${path}/endpoints`, { url: receiver.url });
  await watched.send("POST", `${path}/events`, { type: "invoice.paid", data: 1 });
  await watched.recorded(1);
  expect(watched.log).toEqual([
    expect.objectContaining({ msg: "disabled an endpoint", endpointId, reason: "gone", failedDeliveries: 1 }),
  ]);
});

it("never shows a body, a secret, a credential, a header or a query string, even at trace", async () => {
  const mark = `mark${randomBytes(8).toString("hex")}`;
  await using receiver = await startReceiver({
    react({ request, response }) {
      response.writeHead(request.path.startsWith("/ok") ? 200 : 500, { "x-answer": mark });
      response.end(`{"answer":"${mark}"}`);
    },
  });
  await using posthorn = await startTracing();
  const { host } = new URL(receiver.url);
  const endpoint = (url: string) => ({ url, headers: { "x-own": mark, authorization: `Bearer ${mark}` } });
  const secrets: unknown[] = [];
  for (const url of [
    `http://user:${mark}@${host}/ok?token=${mark}`,
    `http://user:${mark}@${host}/fails?token=${mark}`,
    `http://user:${mark}@127.0.0.1:1/refused?token=${mark}`,
  ]) {
    secrets.push((await posthorn.post("endpoints", endpoint(url)))["secret"]);
  }
  const event = JSON.stringify({ type: "invoice.paid", data: { text: mark }, id: `id-${mark}` });
  const { id: eventId } = await posthorn.post("events", event, { "idempotency-key": mark, "x-publisher": mark });
  await posthorn.post("events", event.replace(mark, `${mark}-other`));
  await posthorn.post("events", `{"type":"${mark}","data":1}`);
  await posthorn.post("events", `{"type":"invoice.paid","data":"${mark}`);
  await posthorn.post("events", event, { authorization: `Bearer ph_${mark}` });
  await posthorn.post("endpoints", { url: `http://10.0.0.1/${mark}?token=${mark}`, headers: { host: mark } });
  await posthorn.sawLines("attempted", 3);
  await posthorn.stop();

  const log = posthorn.stderr();
  expect(log.split("\n").filter((line) => line.includes(String(eventId))).length).toBeGreaterThanOrEqual(9);
  expect(log).not.toContain(mark);
  for (const secret of [...secrets, ...posthorn.secrets]) {
    expect(String(secret).length).toBeGreaterThan(20);
    expect(log).not.toContain(String(secret));
  }
});

/** `posthorn dev` at trace, in a process of its own, so that whatever reaches stderr is seen. */
async function startTracing() {
  const directory = await mkdtemp(join(tmpdir(), "posthorn-trace-"));
  const bin = join(import.meta.dirname, "..", "..", "bin", "posthorn.js");
  const args = ["--conditions=posthorn-source", bin, "dev", "--json", "--port", "0", "--data-dir", directory];
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      POSTHORN_LOG_LEVEL: "trace",
      POSTHORN_METRICS_PORT: "0",
      ...(database.url !== null && { DATABASE_URL: database.url }),
    },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines: string[] = [];
  const waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  createInterface(child.stderr).on("line", (line) => {
    lines.push(line);
    for (const one of waiting) if (one.isMet()) one.resolve();
  });
  const first = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve)),
    exited.then(() => Promise.reject(new Error(`posthorn ended at its start: ${lines.join("\n")}`))),
  ]);
  const { url, apiKey, rootKey, tenant } = JSON.parse(first) as Record<string, string>;
  const kept = JSON.parse(await readFile(join(directory, "secrets.json"), "utf8")) as { encryptionKeys: string };
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await exited;
  };
  return {
    secrets: [apiKey, rootKey, kept.encryptionKeys.slice(kept.encryptionKeys.indexOf(":") + 1)],
    stderr: () => lines.join("\n"),
    stop,
    async post(path: string, body: object | string, headers: Record<string, string> = {}) {
      const response = await fetch(`${url}/v1/tenants/${tenant}/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async sawLines(message: string, count: number) {
      const isMet = (): boolean => lines.filter((line) => line.includes(`"msg":"${message}"`)).length >= count;
      if (!isMet()) await new Promise<void>((resolve) => waiting.push({ isMet, resolve }));
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
