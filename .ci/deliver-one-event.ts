/**
 * Uses an installed `posthorn` as a user would, in the folder given as argument: starts `posthorn dev --json`, makes
 * an endpoint, publishes, and checks with a foreign library what a receiver of its own gets. Once through npx, once
 * through the command itself on the same data directory, where the endpoint must still be there and SIGTERM must end
 * in code 0. Standard output must hold the one promised line and nothing else.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { Webhook } from "standardwebhooks";

interface Running {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly lines: string[];
  readonly url: string;
  readonly apiKey: string;
  readonly tenant: string;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const START_TIMEOUT_MS = 60_000;
const STEP_TIMEOUT_MS = 20_000;
/** Spacing and number that do not survive JSON.parse: they must arrive as published. */
const PUBLISHED_DATA = '{ "number" : 12345678901234567890, "text": "\\u00e9 é" }';

const folder = process.argv[2] ?? ".";
const args = ["dev", "--json", "--port", "0", "--data-dir", join(folder, "data")];
const command = join(folder, "node_modules", ".bin", "posthorn");

const receiver = await listen();
try {
  const first = await start("npx", ["--no-install", "posthorn", ...args]);
  const endpoint = await post(first, "endpoints", { url: addressOf(receiver), eventTypes: ["invoice.paid"] });
  const secret = stringOf(endpoint, "secret");
  await deliver(first, secret);
  first.process.kill("SIGTERM");
  await once(first.process, "exit");
  await untilRefused(first.url);
  expectOneLine(first);

  const second = await start(command, args);
  await deliver(second, secret);
  second.process.kill("SIGTERM");
  const [code] = (await once(second.process, "exit", { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) })) as [
    number | null,
  ];
  if (code !== 0) throw new Error(`SIGTERM ended the server with code ${code}`);
  expectOneLine(second);
} finally {
  receiver.close();
}
process.stdout.write("the installed package delivered, kept its data and ended with code 0\n");

async function start(file: string, argv: readonly string[]): Promise<Running> {
  // A group of its own: on a failure here, npx, its shell and the server all go.
  const child = spawn(file, argv, { cwd: folder, stdio: ["ignore", "pipe", "inherit"], detached: true });
  process.once("exit", () => endGroup(child.pid));
  const reader = createInterface({ input: child.stdout });
  const lines: string[] = [];
  reader.on("line", (line) => lines.push(line));
  await once(reader, "line", { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
  const ready = JSON.parse(lines[0] ?? "") as unknown;
  const url = stringOf(ready, "url");
  return { process: child, lines, url, apiKey: stringOf(ready, "apiKey"), tenant: stringOf(ready, "tenant") };
}

/** Publishes one event and waits until the receiver has it, signed with `secret` and with the bytes published. */
async function deliver(running: Running, secret: string): Promise<void> {
  const arriving = once(receiver, "received", { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
  const answer = await post(running, "events", `{"type":"invoice.paid","data":${PUBLISHED_DATA}}`);
  const [{ headers, body }] = (await arriving) as [Received];
  new Webhook(secret).verify(body, headers as Record<string, string>);
  if (!body.includes(PUBLISHED_DATA)) throw new Error(`the published bytes did not arrive: ${body}`);
  if (headers["webhook-id"] === undefined) throw new Error("webhook-id is missing");
  stringOf(answer, "id");
}

async function post(running: Running, resource: string, body: object | string): Promise<unknown> {
  const response = await fetch(`${running.url}/v1/tenants/${running.tenant}/${resource}`, {
    method: "POST",
    headers: { authorization: `Bearer ${running.apiKey}`, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${resource}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** A receiver that answers 204 and emits `received` for each request. */
async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(204).end();
      server.emit("received", { headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** npx passes signals to its shell only, so the server ends on its own, a moment after npx. */
async function untilRefused(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < STEP_TIMEOUT_MS; waitedMs += 100) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (!answered) return;
    await sleep(100);
  }
  throw new Error("the server outlived npx");
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

function expectOneLine({ lines }: Running): void {
  if (lines.length !== 1) throw new Error(`standard output must be one line, but is:\n${lines.join("\n")}`);
}

function stringOf(value: unknown, name: string): string {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  if (typeof found !== "string") throw new Error(`${name} is missing in ${JSON.stringify(value)}`);
  return found;
}
