import { randomBytes, randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { openTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { deleteEndedSessions } from "./delete-ended-sessions.ts";
import { insertSession } from "./insert-session.ts";
import { insertSessionTokens } from "./insert-session-tokens.ts";
import { insertTenant } from "./insert-tenant.ts";
import { insertUser } from "./insert-user.ts";
import { takePasswordChecks } from "./take-password-checks.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const at = (minutes: number): Date => new Date(START_MS + minutes * 60_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function count(table: "sessions" | "session_tokens" | "password_checks"): Promise<number> {
  const rows = await database.query<{ rows: number }>(
    { name: `count-${table}`, text: `select count(*)::integer as rows from ${table}` },
    [],
  );
  return rows[0]?.rows ?? 0;
}

test("sessions, their tokens and windows of checks go when their time is over, and not before", async () => {
  const [tenantId, userId, sessionId] = [randomUUID(), randomUUID(), randomUUID()];
  const user = { id: userId, tenantId, number: 1, email: "ada@example.com", name: "Ada", role: "viewer" };
  await insertTenant(database, { id: tenantId, slug: "t", name: "T", metadata: {}, now: at(0) });
  await insertUser(database, { ...user, passwordHash: "hash", now: at(0) });
  const session = { id: sessionId, userId, passwordHash: "hash", now: at(0), address: null, expiresAt: at(60) };
  expect(await insertSession(database, session)).toBe(true);
  const pair = { sessionId, accessHash: randomBytes(32), accessExpiresAt: at(15), refreshHash: randomBytes(32) };
  expect(await insertSessionTokens(database, { ...pair, refreshExpiresAt: at(90) })).toBe(true);
  const check = { user: randomBytes(32), address: randomBytes(32) };
  await takePasswordChecks(database, { ...check, now: at(0), windowEndsAt: at(15) });

  const runAt = (minutes: number) => deleteEndedSessions(database, { now: at(minutes), limit: 100 });
  expect(await runAt(14)).toBe(0);
  expect(await runAt(15)).toBe(3);
  expect([await count("sessions"), await count("session_tokens"), await count("password_checks")]).toEqual([1, 1, 0]);
  expect(await runAt(89)).toBe(0);
  expect(await runAt(90)).toBe(1);
  expect([await count("sessions"), await count("session_tokens")]).toEqual([0, 0]);
});
