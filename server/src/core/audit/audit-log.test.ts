import { randomBytes, randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { insertTenant } from "../../db/queries/insert-tenant.ts";
import { selectAuditHead } from "../../db/queries/select-audit-head.ts";
import type { Actor } from "../access/actor.ts";
import { parseKeyRing } from "../encryption/key-ring.ts";
import { appendAudit } from "./append-audit.ts";
import type { AuditHead } from "./audit-row.ts";
import { verifyAudit } from "./verify-audit.ts";

const keyRing = parseKeyRing(`test:${randomBytes(32).toString("base64")}`);
const actor: Actor = { kind: "root", address: "192.0.2.1", requestId: "r-1" };
const now = new Date("2026-03-01T12:00:00.123Z");

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function createTenant(): Promise<string> {
  const id = randomUUID();
  await insertTenant(database, { id, slug: `t-${id.slice(0, 8)}`, name: "T", metadata: {}, now });
  return id;
}

function append(tenantId: string, after: Record<string, unknown> = {}): Promise<number> {
  return database.transaction((transaction) =>
    appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "tenant.update",
      subject: `tenant:${tenantId}`,
      after,
      now,
    }),
  );
}

async function createLog(rows: number): Promise<string> {
  const tenantId = await createTenant();
  for (let index = 0; index < rows; index += 1) await append(tenantId, { name: `é\u0000"\\ ${index}` });
  return tenantId;
}

/** What somebody does who owns the database. */
async function tamper(statement: string): Promise<void> {
  await database.script(
    `begin; alter table audit_log disable trigger all; ${statement}; alter table audit_log enable trigger all; commit`,
  );
}

async function verify(tenantId: string, expected?: AuditHead) {
  const verdict = await verifyAudit({ database, keyRing, tenantId, expect: expected });
  return verdict.ok ? "ok" : `${verdict.fault.kind} ${verdict.fault.number}`;
}

async function headOf(tenantId: string): Promise<AuditHead> {
  const head = await selectAuditHead(database, tenantId);
  if (head === null) throw new Error("the log is empty");
  return head;
}

test("a log is sound after it went through the database", async () => {
  const tenantId = await createLog(3);
  expect(await verify(tenantId)).toBe("ok");
  expect(await verify(tenantId, await headOf(tenantId))).toBe("ok");
});

test("writers of one tenant take turns: numbers without gaps, one chain", async () => {
  const tenantId = await createTenant();
  const numbers = await Promise.all(Array.from({ length: 20 }, () => append(tenantId)));
  expect(numbers.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 20 }, (_none, index) => index + 1),
  );
  expect(await verify(tenantId)).toBe("ok");
});

test("a row stands only if what it records was committed", async () => {
  const tenantId = await createLog(1);
  const failing = database.transaction(async (transaction) => {
    await appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "tenant.delete",
      subject: `tenant:${tenantId}`,
      now,
    });
    throw new Error("the verb fails");
  });
  await expect(failing).rejects.toThrow("the verb fails");
  expect((await headOf(tenantId)).number).toBe(1);
  expect(await append(tenantId)).toBe(2);
});

test.each(["update audit_log set reason = 'x'", "delete from audit_log", "truncate audit_log"])(
  "the table refuses: %s",
  async (statement) => {
    await createLog(1);
    await expect(database.script(statement)).rejects.toThrow("the audit log is append-only");
  },
);

test.each([
  "actor = 'api_key:x'",
  "address = null",
  "reason = 'because'",
  "action = 'tenant.create'",
  "before = '{}'",
  "after = null",
  "at = at + interval '1 microsecond'",
  "key_id = 'other'",
])("a row changed by the owner of the database is found: %s", async (assignment) => {
  const tenantId = await createLog(4);
  await tamper(`update audit_log set ${assignment} where tenant_id = '${tenantId}' and number = 3`);
  expect(await verify(tenantId)).toMatch(/^(changed|key_unavailable) 3$/);
});

test("a row removed from the middle is found", async () => {
  const tenantId = await createLog(4);
  await tamper(`delete from audit_log where tenant_id = '${tenantId}' and number = 2`);
  expect(await verify(tenantId)).toBe("missing 2");
});

test("rows cut from the end are found by the head", async () => {
  const tenantId = await createLog(4);
  await tamper(`delete from audit_log where tenant_id = '${tenantId}' and number > 2`);
  expect(await verify(tenantId)).toBe("cut 3");
});

test("a log that was taken away with its head is found: a tenant's creation is its first row", async () => {
  const tenantId = await createLog(2);
  await tamper(`delete from audit_log where tenant_id = '${tenantId}'`);
  await tamper(`delete from audit_heads where tenant_id = '${tenantId}'`);
  expect(await verify(tenantId)).toBe("cut 1");
});

test("a cut that sets the head back with it is found by a head that was kept elsewhere", async () => {
  const tenantId = await createLog(2);
  const early = await headOf(tenantId);
  await append(tenantId);
  const kept = await headOf(tenantId);
  await tamper(`delete from audit_log where tenant_id = '${tenantId}' and number > 2;
    update audit_heads set number = 2, mac = '\\x${Buffer.from(early.mac).toString("hex")}' where tenant_id = '${tenantId}'`);
  expect(await verify(tenantId)).toBe("ok");
  expect(await verify(tenantId, kept)).toBe("cut 3");
  await append(tenantId, { another: "story" });
  expect(await verify(tenantId)).toBe("ok");
  expect(await verify(tenantId, kept)).toBe("other_head 3");
});

test("a head that is set back or changed is found", async () => {
  const back = await createLog(2);
  const early = Buffer.from((await headOf(back)).mac).toString("hex");
  await append(back);
  await tamper(`update audit_heads set number = 2, mac = '\\x${early}' where tenant_id = '${back}'`);
  expect(await verify(back)).toBe("behind_head 3");
  const changed = await createLog(2);
  await tamper(`update audit_heads set mac = '\\x${"00".repeat(32)}' where tenant_id = '${changed}'`);
  expect(await verify(changed)).toBe("other_head 2");
});

test("a whole log moved to another tenant is found", async () => {
  const [from, to] = [await createLog(2), await createTenant()];
  await tamper(`update audit_log set tenant_id = '${to}' where tenant_id = '${from}';
    delete from audit_heads where tenant_id = '${to}';
    update audit_heads set tenant_id = '${to}' where tenant_id = '${from}'`);
  expect(await verify(to)).toBe("changed 1");
});
