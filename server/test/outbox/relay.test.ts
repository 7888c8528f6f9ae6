/**
 * A product on another database than Posthorn's: the outbox as `posthorn outbox sql` makes it there, and
 * `posthorn outbox relay` as it is typed, killed and cut off from Posthorn while transactions commit and roll back.
 */
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { DatabaseError, type Queryable } from "../../src/db/database.ts";
import { openPostgres, type PostgresDatabase } from "../../src/db/postgres.ts";
import { describeWithPostgres, postgresServerUrl } from "../support/database.ts";
import { urlOf } from "../support/database-template.ts";
import { BARE_ENVIRONMENT } from "../support/run-posthorn.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import { startWire } from "../support/start-wire.ts";

/** Processes start in each test. */
vi.setConfig({ testTimeout: 90_000 });

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const NODE_FLAGS = ["--conditions=posthorn-source", MAIN, "outbox"];

async function publish(database: Queryable, tenant: string, data: string, rest: { type?: string; key?: string } = {}) {
  const text = "select posthorn.publish($1::text, $2::text, $3::text, null, $4::text) as id";
  const values = [tenant, rest.type ?? "invoice.paid", data, rest.key ?? null];
  const rows = await database.query<{ id: string }>({ name: "product-publish", text }, values);
  return rows[0]?.id ?? "";
}

describeWithPostgres("a product on another database", () => {
  let world: TestServer;
  let product: PostgresDatabase & { readonly url: string };
  const stack = new AsyncDisposableStack();
  beforeAll(async () => {
    world = stack.use(await startTestServer());
    for (const slug of ["one", "two"]) {
      await world.client().post("/v1/tenants", { name: slug, slug });
      await world.client().put(`/v1/tenants/${slug}/event-types/invoice.paid`, {});
    }
    product = stack.use(await openProductDatabase());
    const { stdout } = await promisify(execFile)(process.execPath, [...NODE_FLAGS, "sql"]);
    await product.script(stdout);
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  it("refuses at once what its own database can know", async () => {
    const code = (publishing: Promise<string>): Promise<string> =>
      publishing.catch((error: unknown) =>
        error instanceof DatabaseError ? error.code : Promise.reject(error as Error),
      );
    expect(await code(publish(product, "No Slug", "1"))).toBe("PH001");
    expect(await code(publish(product, "one", "{"))).toBe("PH005");
    expect(await code(publish(product, "one", `"${"x".repeat(262_143)}"`))).toBe("PH003");
    await expect(
      product.transaction(async (transaction) => {
        const first = await publish(transaction, "one", "1", { key: "k" });
        expect(await publish(transaction, "one", "1", { key: "k" })).toBe(first);
        await transaction.script("savepoint s");
        expect(await code(publish(transaction, "one", "2", { key: "k" }))).toBe("PH004");
        await transaction.script("rollback to savepoint s");
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
  });

  it("gets each committed event into Posthorn once, whatever is killed or cut, and nothing that was rolled back", async () => {
    await using wire = await startWire(world.server.url);
    const committed = new Set<string>();
    const write = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 1) {
        const tenant = n % 3 === 0 ? "two" : "one";
        const ids: string[] = [];
        const work = product.transaction(async (transaction) => {
          ids.push(await publish(transaction, tenant, `{"n" : ${n}.0}`));
          if (n % 4 === 0) throw new Error("rolled back");
        });
        await work.then(() => ids.forEach((id) => committed.add(id))).catch(() => {});
      }
    };
    const first = startRelay(product.url, wire.url);
    await first.logged("relaying");
    const writing = write(0, 150);
    await first.until(async () => (await publishedKeys(world)).length > 10);
    wire.reset();
    await first.until(async () => (await publishedKeys(world)).length > 40);
    expect(await first.end("SIGKILL")).toBeNull();
    await writing;

    const others = [startRelay(product.url, wire.url), startRelay(product.url, wire.url)];
    wire.cut();
    await write(150, 300);
    await Promise.all(others.map((relay) => relay.logged("Posthorn is not reached")));
    wire.mend();
    await others[0]?.until(async () => (await left(product)) === 0);
    const keys = await publishedKeys(world);
    expect(keys.length).toBe(committed.size);
    expect(new Set(keys)).toEqual(committed);
    const text = "select data from events order by id limit 1";
    const [event] = await world.database.query<{ data: Uint8Array }>({ name: "test-data", text }, []);
    expect(Buffer.from(event?.data ?? []).toString()).toMatch(/^\{"n" : \d+\.0\}$/);
    expect(await Promise.all(others.map((relay) => relay.end("SIGTERM")))).toEqual([0, 0]);
  });

  it("sets aside what Posthorn refuses for good, beside what it takes, and waits where the way there is wrong", async () => {
    const refused = await publish(product, "one", "1", { type: "never.heard" });
    const stranger = await publish(product, "nobody", "1");
    const good = await publish(product, "one", '"good"');
    const locked = startRelay(product.url, world.server.url, "ph_no_such_key_at_all_0000000000000000000000");
    await locked.logged("Posthorn answered 401");
    expect(await left(product)).toBe(3);
    expect(await locked.end("SIGTERM")).toBe(0);

    const relay = startRelay(product.url, world.server.url);
    await relay.until(async () => (await left(product)) === 0);
    expect(await publishedKeys(world)).toContain(good);
    const text = "select id, problem from posthorn.outbox where set_aside_at is not null order by number";
    expect(await product.query({ name: "test-aside", text }, [])).toEqual([
      { id: refused, problem: "event_type_unknown" },
      { id: stranger, problem: "not_found" },
    ]);
    // Registered meanwhile, and put back by hand.
    await world.client().put("/v1/tenants/one/event-types/never.heard", {});
    await product.script(
      `update posthorn.outbox set set_aside_at = null, problem = null, detail = null where id = '${refused}'`,
    );
    await relay.until(async () => (await publishedKeys(world)).includes(refused));
    expect(await relay.end("SIGTERM")).toBe(0);
    expect(relay.lines.filter((line) => line.includes('"outbox"')).length).toBeGreaterThan(0);
  });

  function startRelay(outboxUrl: string, url: string, key = world.rootKey) {
    const child = spawn(process.execPath, [...NODE_FLAGS, "relay", "--url", url], {
      env: { ...BARE_ENVIRONMENT, POSTHORN_OUTBOX_DATABASE_URL: outboxUrl, POSTHORN_API_KEY: key },
      stdio: ["ignore", "ignore", "pipe"],
    });
    stack.defer(() => void child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const lines: string[] = [];
    let told = Promise.withResolvers<void>();
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      told.resolve();
      told = Promise.withResolvers<void>();
    });
    return {
      lines,
      async logged(words: string) {
        while (!lines.some((line) => line.includes(words))) await told.promise;
      },
      /** Looks again at each event that Posthorn stores, and while the relay is at its round. */
      until: (look: () => Promise<boolean>) => vi.waitUntil(look, { timeout: 60_000, interval: 100 }),
      async end(signal: NodeJS.Signals) {
        child.kill(signal);
        const [code] = (await exited) as [number | null];
        return code;
      },
    };
  }
});

async function openProductDatabase(): Promise<PostgresDatabase & { readonly url: string }> {
  const name = `posthorn_product_${randomUUID().replaceAll("-", "")}`;
  const onServer = async (text: string): Promise<void> => {
    await using server = await openPostgres({ url: postgresServerUrl ?? "", poolSize: 1 });
    await server.script(text);
  };
  await onServer(`create database ${name}`);
  const url = urlOf(postgresServerUrl ?? "", name);
  const database = await openPostgres({ url, poolSize: 4 });
  return {
    ...database,
    url,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await onServer(`drop database ${name} with (force)`);
    },
  };
}

async function publishedKeys({ database }: TestServer): Promise<string[]> {
  const text = "select key from events where key like 'obx\\_%'";
  return (await database.query<{ key: string }>({ name: "test-keys", text }, [])).map(({ key }) => key);
}

async function left(product: Queryable): Promise<number> {
  const text = "select count(*)::integer as count from posthorn.outbox where set_aside_at is null";
  const rows = await product.query<{ count: number }>({ name: "test-left", text }, []);
  return rows[0]?.count ?? -1;
}
