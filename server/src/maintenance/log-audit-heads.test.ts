import { randomBytes, randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { openTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { Actor } from "../core/access/actor.ts";
import { appendAudit } from "../core/audit/append-audit.ts";
import { parseKeyRing } from "../core/encryption/key-ring.ts";
import { insertTenant } from "../db/queries/insert-tenant.ts";
import { selectAuditHead } from "../db/queries/select-audit-head.ts";
import { logAuditHeads, type LoggedAuditHeads } from "./log-audit-heads.ts";

const keyRing = parseKeyRing(`test:${randomBytes(32).toString("base64")}`);
const actor: Actor = { kind: "root", address: null };
const now = new Date("2026-03-01T12:00:00Z");
/** Two lines of the log. */
const TENANTS = 101;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test("every head is told once, as --expect takes it", async () => {
  const tenantIds = Array.from({ length: TENANTS }, () => randomUUID());
  for (const id of tenantIds) {
    await insertTenant(database, { id, slug: `t-${id}`, name: "T", metadata: {}, now });
    await database.transaction((transaction) =>
      appendAudit(transaction, { keyRing, tenantId: id, actor, action: "tenant.create", subject: `tenant:${id}`, now }),
    );
  }
  const lines: LoggedAuditHeads[] = [];
  expect(await logAuditHeads({ database, note: (facts) => void lines.push(facts) })).toBe(TENANTS);
  expect(lines.map(({ heads }) => heads.length)).toEqual([100, 1]);

  const heads = lines.flatMap((line) => line.heads);
  expect(heads.map(({ tenantId }) => tenantId)).toEqual(tenantIds.toSorted());
  const [first] = heads;
  const head = await selectAuditHead(database, first?.tenantId ?? "");
  expect(first?.head).toBe(`1:${Buffer.from(head?.mac ?? []).toString("hex")}`);
});
