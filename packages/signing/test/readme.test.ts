/**
 * The examples of the README, as they stand there: type-checked, compiled, and run on the real frameworks. Each receiver
 * takes a genuine request and refuses a forged one; the ways to do an event once meet a real PostgreSQL.
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { INestApplication } from "@nestjs/common";
import type { Express } from "express";
import type { FastifyInstance } from "fastify";
import type { Hono } from "hono";
import type Koa from "koa";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { signTestRequest } from "@posthorn/signing/testing";
import type { TestRequest } from "@posthorn/signing/testing";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

let folder: string;
let examples: readonly { readonly heading: string; readonly file: string }[];

beforeAll(async () => {
  // Inside the package, so that its name and those of the frameworks resolve as they do in a project.
  folder = await mkdtemp(join(here, "readme-"));
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  examples = await Promise.all(
    findExamples(readme).map(async ({ heading, code }, index) => {
      const file =
        heading === "In your framework" ? "events" : heading.startsWith("Next") ? "route" : `example-${index}`;
      await writeFile(join(folder, `${file}.ts`), code);
      return { heading, file };
    }),
  );
  const flags =
    "--strict --module nodenext --target es2024 --lib es2024,webworker --types node --skipLibCheck --rootDir ../.. --outDir out " +
    "--experimentalDecorators --emitDecoratorMetadata --rewriteRelativeImportExtensions --customConditions posthorn-source";
  const files = [...examples.map(({ file }) => `${file}.ts`), "../adapters/express-4.d.ts"];
  await run(tsc, ["--ignoreConfig", ...flags.split(" "), ...files], { cwd: folder }).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
  vi.stubEnv("WEBHOOK_SECRET", SECRET);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** The TypeScript of the README, each block with the heading that it stands under. */
function findExamples(readme: string): { readonly heading: string; readonly code: string }[] {
  let heading = "";
  return [...readme.matchAll(/^(?:#+ ([^\n]+)|```(\w*)\n(.*?)^```)$/gms)].flatMap(([, title, language, code = ""]) => {
    heading = title ?? heading;
    return language === "ts" ? [{ heading, code }] : [];
  });
}

async function load<Module>(heading: string, nth = 0): Promise<Module> {
  const file = examples.filter((example) => example.heading === heading)[nth]?.file;
  if (file === undefined) throw new Error(`The README has no example under ${heading}.`);
  const [found = ""] = globSync(`out/**/${file}.js`, { cwd: folder });
  return (await import(pathToFileURL(join(folder, found)).href)) as Module;
}

const sign = (secret: string) => signTestRequest({ secret, type: "invoice.paid", data: { id: "inv_1", amount: 4200 } });

/** Statuses of a genuine request and of one signed with another secret. */
async function statuses(send: (request: TestRequest) => Promise<number>): Promise<number[]> {
  return [await send(await sign(SECRET)), await send(await sign(OTHER_SECRET))];
}

async function overHttp(server: Server, { headers, body }: TestRequest): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const sent = httpRequest({ port, host: "127.0.0.1", path: "/webhooks", method: "POST", headers });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

async function served(listener: RequestListener): Promise<number[]> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await statuses((request) => overHttp(server, request));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const URL_OF_HOOK = "https://receiver.example/webhooks";

describe("the example of", () => {
  test("Next.js", async () => {
    const { POST } = await load<{ POST: (request: Request) => Promise<Response> }>("Next.js, Workers, Deno, Bun");
    const send = async (request: TestRequest) => (await POST(request.toRequest(URL_OF_HOOK))).status;
    expect(await statuses(send)).toEqual([204, 401]);
  });

  test("Hono", async () => {
    const { app } = await load<{ app: Hono }>("Hono");
    const send = async (request: TestRequest) => (await app.fetch(request.toRequest(URL_OF_HOOK))).status;
    expect(await statuses(send)).toEqual([204, 401]);
  });

  test.each(["Express 5", "Express 4"])("%s", async (heading) => {
    const { app } = await load<{ app: Express }>(heading);
    app.set("env", "test");
    expect(await served(app)).toEqual([204, 401]);
  });

  test("Fastify", async () => {
    const { app } = await load<{ app: FastifyInstance }>("Fastify");
    const send = async ({ headers, body }: TestRequest) => {
      const payload = Buffer.from(body);
      return (await app.inject({ method: "POST", url: "/webhooks", headers, payload })).statusCode;
    };
    expect(await statuses(send)).toEqual([204, 401]);
    await app.close();
  });

  test("NestJS", async () => {
    const { app } = await load<{ app: INestApplication }>("NestJS");
    app.useLogger(false);
    await app.listen(0, "127.0.0.1");
    expect(await statuses((request) => overHttp(app.getHttpServer() as Server, request))).toEqual([204, 401]);
    await app.close();
  });

  test("Koa", async () => {
    const { app } = await load<{ app: Koa }>("Koa");
    app.silent = true;
    const listener = app.callback();
    expect(await served((request, response) => void listener(request, response))).toEqual([204, 401]);
  });

  test("AWS Lambda", async () => {
    type Handler = (event: object) => Promise<{ statusCode: number }>;
    const { handler } = await load<{ handler: Handler }>("AWS Lambda");
    const send = async ({ headers, body }: TestRequest) =>
      (await handler({ headers, body: Buffer.from(body).toString("base64"), isBase64Encoded: true })).statusCode;
    expect(await statuses(send)).toEqual([204, 401]);
  });

  test("a receiver's own test", async () => {
    const { theInvoiceIsTaken } = await load<{ theInvoiceIsTaken: (secret: string) => Promise<boolean> }>(
      "Test your receiver",
    );
    expect(await theInvoiceIsTaken(SECRET)).toBe(true);
    expect(await theInvoiceIsTaken(OTHER_SECRET)).toBe(false);
  });

  test("a JWKS that is followed", async () => {
    const x = "1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4";
    const jwks = createServer((_, response) =>
      response.end(JSON.stringify({ keys: [{ kty: "OKP", crv: "Ed25519", x }] })),
    );
    await once(jwks.listen(0, "127.0.0.1"), "listening");
    vi.stubEnv("WEBHOOK_JWKS", `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/`);
    const { POST } = await load<{ POST: (request: Request) => Promise<Response> }>("Ed25519 and JWKS");
    const secret = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    const { status } = await POST((await sign(secret)).toRequest(URL_OF_HOOK));
    expect(status).toBe(200);
    await expect(POST((await sign(SECRET)).toRequest(URL_OF_HOOK))).rejects.toMatchObject({ status: 401 });
    jwks.closeAllConnections();
    jwks.close();
  });

  test.each(["Verify a request", "Sign"])("%s", async (heading) => {
    const { receive, sign: signs } =
      await load<Record<"receive" | "sign", ((...values: unknown[]) => Promise<object>) | undefined>>(heading);
    if (heading === "Sign") {
      const headers = await signs?.({ standard: [SECRET], text: ["3f0c1a5d7e9b2846a1c3e5f708192635"] }, "{}");
      expect(Object.keys(headers ?? {})).toEqual([
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "SelfCommunity-Signature",
      ]);
      return;
    }
    const received = await receive?.((await sign(SECRET)).toRequest(URL_OF_HOOK), SECRET);
    expect(received).toMatchObject({ id: "evt_test", event: { type: "invoice.paid" } });
    await expect(receive?.((await sign(OTHER_SECRET)).toRequest(URL_OF_HOOK), SECRET)).rejects.toMatchObject({
      status: 401,
    });
  });

  test.each([
    [1, "selfCommunity", "3f0c1a5d7e9b2846a1c3e5f708192635"],
    [2, "theSignup", "whsec_3f0c1a5d7e9b2846a1c3e5f70819"],
  ] as const)("Verify a request, number %i, for %s", async (nth, scheme, secret) => {
    const { receive } = await load<{ receive: (request: unknown, secret: string) => Promise<object> }>(
      "Verify a request",
      nth,
    );
    const schemes = await import("@posthorn/signing");
    const request = await signTestRequest({ secret, scheme: schemes[scheme], type: "a.b", data: 1 });
    expect(await receive(request.toRequest(URL_OF_HOOK), secret)).toMatchObject({ type: "a.b" });
  });
});

const url = process.env["TEST_DATABASE_URL"];

describe.runIf(url !== undefined)("doing an event once, on PostgreSQL", () => {
  const schema = `once_${process.pid}`;
  const pool = new pg.Pool({ connectionString: url, options: `-c search_path=${schema}`, max: 4 });

  beforeAll(async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const tables = [...readme.matchAll(/^\/\/ (create table .*)$/gm)].map(([, sql = ""]) => sql);
    expect(tables).toHaveLength(2);
    await pool.query(`create schema ${schema}`);
    for (const sql of tables) await pool.query(sql);
  });

  afterAll(async () => {
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  });

  type InTransaction = (pool: pg.Pool, id: string, work: () => Promise<void>) => Promise<boolean>;
  type WithClaim = (pool: pg.Pool, id: string, work: () => Promise<void>) => Promise<{ duplicate: boolean }>;
  const inTransaction = async () =>
    (await load<{ handleInTransaction: InTransaction }>("Do each event once")).handleInTransaction;
  const withClaim = async () => (await load<{ handleWithClaim: WithClaim }>("Do each event once", 1)).handleWithClaim;

  /** Work that is under way until the test lets it end. */
  function gate() {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
    return { started, end, fail, work: () => (start(), ended) };
  }

  const isWaiting = async () => {
    const sql =
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into handled_events%'";
    await vi.waitUntil(async () => (await pool.query(sql)).rowCount === 1, { timeout: 10_000, interval: 5 });
  };

  test("in a transaction: of two deliveries at once the second waits, and is a duplicate when the first commits", async () => {
    const handle = await inTransaction();
    const first = gate();
    const handled = handle(pool, "evt_commit", first.work);
    await first.started;
    const again = vi.fn<() => Promise<void>>(async () => undefined);
    const second = handle(pool, "evt_commit", again);
    await isWaiting();
    first.end();
    expect(await Promise.all([handled, second])).toEqual([false, true]);
    expect(again).not.toHaveBeenCalled();
  });

  test("in a transaction: when the first fails, the one that waited does the work", async () => {
    const handle = await inTransaction();
    const first = gate();
    const handled = handle(pool, "evt_rollback", first.work);
    await first.started;
    const again = vi.fn<() => Promise<void>>(async () => undefined);
    const second = handle(pool, "evt_rollback", again);
    await isWaiting();
    first.fail(new Error("The work failed."));
    await expect(handled).rejects.toThrow("The work failed.");
    expect(await second).toBe(false);
    expect(again).toHaveBeenCalledOnce();
  });

  test("with a claim: a second delivery is sent away until the first is done, and is a duplicate then", async () => {
    const handle = await withClaim();
    const first = gate();
    const handled = handle(pool, "evt_claim", first.work);
    await first.started;
    await expect(handle(pool, "evt_claim", async () => undefined)).rejects.toMatchObject({ status: 503 });
    first.end();
    expect((await handled).duplicate).toBe(false);
    expect((await handle(pool, "evt_claim", async () => undefined)).duplicate).toBe(true);
  });

  test("with a claim: a failure is released at once, and the next try does the work", async () => {
    const handle = await withClaim();
    await expect(handle(pool, "evt_fail", () => Promise.reject(new Error("No.")))).rejects.toThrow("No.");
    expect((await handle(pool, "evt_fail", async () => undefined)).duplicate).toBe(false);
  });

  test("with a claim: what a dead process claimed is taken over, and its late end changes nothing", async () => {
    const handle = await withClaim();
    const dead = gate();
    const late = handle(pool, "evt_dead", dead.work);
    await dead.started;
    await pool.query("update event_claims set claimed_until = now() - interval '1 second' where id = 'evt_dead'");
    const heir = gate();
    const taken = handle(pool, "evt_dead", heir.work);
    await heir.started;
    dead.fail(new Error("Too late."));
    await expect(late).rejects.toThrow("Too late.");
    await expect(handle(pool, "evt_dead", async () => undefined)).rejects.toMatchObject({ status: 503 });
    heir.end();
    expect((await taken).duplicate).toBe(false);
  });
});
