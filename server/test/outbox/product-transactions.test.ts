/**
 * A product on the same PostgreSQL, with a role of its own, whose transactions commit and roll back at random while
 * nodes of Posthorn take what is committed and one of them is killed: the receiver gets exactly what was committed.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, it, vi } from "vitest";

import { type Database, DatabaseError, type Queryable } from "../../src/db/database.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { openSite, type Site } from "../nodes/open-site.ts";
import { describeWithPostgres } from "../support/database.ts";

/** Several processes start in each test. */
vi.setConfig({ testTimeout: 120_000 });

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const CONNECTIONS = 6;
const TRANSACTIONS = 60;
const PUBLISH = { name: "product-publish", text: "select posthorn.publish($1::text, $2::text, $3::text) as id" };

async function publish(database: Queryable, data: unknown, tenant = "site"): Promise<string> {
  const rows = await database.query<{ id: string }>(PUBLISH, [tenant, "invoice.paid", JSON.stringify(data)]);
  return rows[0]?.id ?? "";
}

/** The product's own role, which owns nothing of Posthorn's. */
async function openProduct(site: Site, role: string, size = CONNECTIONS): Promise<Database> {
  await site.database.script(`create role ${role} login`);
  const url = new URL(site.database.url ?? "");
  url.username = role;
  const product = await openPostgres({ url: url.href, poolSize: size });
  return {
    ...product,
    async [Symbol.asyncDispose]() {
      await product[Symbol.asyncDispose]();
      await site.database.script(`drop owned by ${role}; drop role ${role}`);
    },
  };
}

async function runPublishers(site: Site, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=posthorn-source", MAIN, "publishers", ...args],
    {
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: site.database.url ?? "",
        POSTHORN_ENCRYPTION_KEYS: site.encryptionKeys,
      },
    },
  );
  return stdout;
}

const refusal = (publishing: Promise<string>): Promise<string> =>
  publishing.catch((error: unknown) => (error instanceof DatabaseError ? error.code : Promise.reject(error as Error)));

/** A small generator of its own, so that a failure can be repeated. */
function drawFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describeWithPostgres("a product on the same PostgreSQL", () => {
  it("whose transactions roll back at random publishes exactly what it committed, whichever node is killed", async () => {
    await using site = await openSite({ answerAfterMs: () => 2 });
    const [first, second] = [await site.start(), await site.start()];
    await site.endpoint(first, "/hook");
    await using product = await openProduct(site, "product_random");
    await runPublishers(site, "grant", "--role", "product_random", "--tenant", "site");

    const seed = Number(process.env["FAST_CHECK_SEED"] ?? Date.now()) >>> 0;
    const draw = drawFrom(seed);
    const committed = new Set<string>();
    const undone = new Set<string>();
    const act = async (n: number): Promise<void> => {
      const kept: string[] = [];
      const lost: string[] = [];
      const work = product.transaction(async (transaction) => {
        kept.push(await publish(transaction, { n }));
        if (draw() < 0.4) {
          await transaction.script("savepoint s");
          lost.push(await publish(transaction, { n, undone: true }));
          await transaction.script("rollback to savepoint s");
        }
        if (draw() < 0.3) kept.push(await publish(transaction, { n, again: true }));
        if (draw() < 0.4) throw new Error("changed its mind");
      });
      const stands = await work.then(
        () => true,
        () => false,
      );
      for (const id of kept) (stands ? committed : undone).add(id);
      for (const id of lost) undone.add(id);
    };
    let next = 0;
    const workers = Array.from({ length: CONNECTIONS }, async () => {
      for (let n = (next += 1); n <= TRANSACTIONS * CONNECTIONS; n = next += 1) {
        await act(n);
        if (n === (TRANSACTIONS * CONNECTIONS) / 2) await second.end("SIGKILL");
      }
    });
    await Promise.all(workers);
    const ids = () => site.receiver.arrivals("/hook").map(({ eventId }) => eventId);
    await site.receiver.until(() => new Set(ids()).size >= committed.size);
    expect(new Set(ids()), `seed ${seed}`).toEqual(committed);
    expect([...undone].filter((id) => committed.has(id))).toEqual([]);
    const [left] = await site.database.query<{ inbox: number; stored: number }>(COUNT, []);
    expect(left).toEqual({ inbox: 0, stored: committed.size });
    expect(undone.size).toBeGreaterThan(0);
  });

  it("is not held up by a transaction that stays open, nor are the API and its publishers", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const node = await site.start();
    const { path } = await site.endpoint(node, "/hook");
    await using product = await openProduct(site, "product_patient");
    await runPublishers(site, "grant", "--role", "product_patient", "--all-tenants");
    let open = "";
    await product.transaction(async (transaction) => {
      open = await publish(transaction, { open: true });
      const other = await publish(product, { open: false });
      const overApi = await site.publish(node, {});
      await site.call(node, { method: "PATCH", path, body: { description: "Changed meanwhile" } });
      await site.call(node, { path: `${path}/secrets/rotate`, body: {} });
      await site.receiver.until(() => site.receiver.arrivals("/hook").length === 2);
      expect(new Set(site.receiver.arrivals("/hook").map(({ eventId }) => eventId))).toEqual(new Set([other, overApi]));
    });
    await site.receiver.until(() => site.receiver.arrivals("/hook").length === 3);
    expect(site.receiver.arrivals("/hook").at(-1)?.eventId).toBe(open);
    const metrics = await (await fetch(new URL("/metrics", node.monitoringUrl))).text();
    expect(metrics).toMatch(/^posthorn_inbox_waiting \d/m);
    expect(metrics).toMatch(/^posthorn_inbox_oldest_age_seconds \d/m);
  });

  it("publishes for the tenants that its role was granted, and reads and writes nothing else", async () => {
    await using site = await openSite({ answerAfterMs: () => 0 });
    const node = await site.start();
    await site.call(node, { path: "/v1/tenants", body: { name: "Other", slug: "other" }, status: 201 });
    await site.call(node, { method: "PUT", path: "/v1/tenants/other/event-types/invoice.paid", body: {}, status: 201 });
    await using product = await openProduct(site, "product_small", 2);
    // 42501: insufficient privilege.
    expect(await refusal(publish(product, {}))).toBe("42501");
    expect(await runPublishers(site, "grant", "--role", "product_small", "--tenant", "site")).toBe(
      "product_small may publish for site.\n",
    );
    expect(await refusal(publish(product, {}))).toMatch(/^evt_/);
    expect(await refusal(publish(product, {}, "other"))).toBe("PH001");
    for (const text of [
      "select * from inbox",
      "select * from publishing_roles",
      "select * from tenants",
      "insert into publishing_roles values ('product_small', null, now())",
      "select posthorn.let_publish('product_small')",
      "select posthorn.may_publish(gen_random_uuid())",
      "select nextval('ids')",
      "create table posthorn.mine ()",
    ]) {
      expect(await refusal(product.query({ name: text.slice(0, 60), text }, []).then(() => text))).toBe("42501");
    }
    // Whatever the caller's session puts before the catalog.
    await product.transaction(async (transaction) => {
      await transaction.script(`create function pg_temp.pg_has_role(name, oid, text) returns boolean
        language sql as 'select true';
        create temporary table publishing_roles as select 'product_small' as role_name, null::uuid as tenant_id;
        create temporary view tenants as select gen_random_uuid() as id, 'other' as slug, null::timestamptz as deleted_at;
        set local search_path = pg_temp, pg_catalog; set local standard_conforming_strings = off`);
      await transaction.script("savepoint s");
      expect(await refusal(publish(transaction, {}, "other"))).toBe("PH001");
      await transaction.script("rollback to savepoint s");
      expect(await publish(transaction, { '"': "\\" })).toMatch(/^evt_/);
    });

    await runPublishers(site, "revoke", "--role", "product_small", "--tenant", "site");
    expect(await refusal(publish(product, {}))).toBe("42501");
    const audit = await site.call(node, { method: "GET", path: "/v1/tenants/site/audit" });
    const acts = (audit.data as { action: string; after: unknown; before: unknown }[]).filter(({ action }) =>
      action.startsWith("publishing_role"),
    );
    expect(acts).toMatchObject([
      { action: "publishing_role.revoke", before: { role: "product_small" } },
      { action: "publishing_role.grant", after: { role: "product_small" } },
    ]);
  });
});

const COUNT = {
  name: "test-count",
  text: "select (select count(*) from inbox)::integer as inbox, (select count(*) from events)::integer as stored",
};
