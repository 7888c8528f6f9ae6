/**
 * A process that is killed while it changes secrets: at named points, where a lock of ours holds it, and at random ones.
 * What stands afterwards is what the last audit row says, and a repeated call with the same Idempotency-Key gets the
 * secret of the rotation that was made, or makes the one that was not.
 */
import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { verifyAudit } from "../../src/core/audit/verify-audit.ts";
import { type KeyRing, parseKeyRing } from "../../src/core/encryption/key-ring.ts";
import { fromUuidId } from "../../src/core/ids/public-id.ts";
import { openSecrets } from "../../src/core/secrets/open-secrets.ts";
import type { Queryable, Statement } from "../../src/db/database.ts";
import { readAuditRows } from "../../src/db/queries/read-audit-rows.ts";
import { type ApiAnswer, createApiClient } from "../support/api-client.ts";
import { describeWithPostgres, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { type ServingProcess, startServingProcess } from "../support/start-serving-process.ts";

const RANDOM_KILLS = 6;
/** What a rotation takes at most where nothing holds it. */
const ROTATION_MS = 30;
const START_TIMEOUT_MS = 120_000;

describeWithPostgres("a process that is killed while it rotates", () => {
  let database: TestDatabase;
  let keyRing: KeyRing;
  let options: Parameters<typeof startServingProcess>[0];
  let server: ServingProcess;
  let endpointId: string;
  let tenantId: string;
  let path: string;
  let keys = 0;

  const client = () => createApiClient({ baseUrl: server.url, token: options.rootKey });
  const rotate = (idempotencyKey: string): Promise<ApiAnswer> =>
    client().post(`${path}/rotate`, { overlapSeconds: 0 }, { idempotencyKey });
  /** Whether it was answered before the process was gone. */
  const outcome = (answering: Promise<ApiAnswer>): Promise<ApiAnswer | null> => answering.catch(() => null);

  beforeAll(async () => {
    database = await openTestDatabase();
    if (database.url === null) throw new Error("a process of its own needs a PostgreSQL server");
    const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;
    keyRing = parseKeyRing(encryptionKeys);
    options = { databaseUrl: database.url, rootKey: `root_${randomBytes(16).toString("hex")}`, encryptionKeys };
    server = await startServingProcess(options);
    const tenant = await client().post("/v1/tenants", { name: "Killed", slug: "killed" });
    const endpoint = await client().post("/v1/tenants/killed/endpoints", { url: "http://127.0.0.1:9/" });
    tenantId = fromUuidId("ten", tenant.body.id) ?? "";
    endpointId = fromUuidId("ep", endpoint.body.id) ?? "";
    path = `/v1/tenants/killed/endpoints/${endpoint.body.id}/secrets`;
    // The first row of an endpoint's audit log is there, and with it the head that others wait for.
    expect((await rotate("first")).status).toBe(200);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(() => void (keys += 1));

  async function restart(): Promise<void> {
    await server.end("SIGKILL");
    server = await startServingProcess(options);
  }

  test(
    "before anything was changed: nothing is, and the repeated call rotates",
    async () => {
      const before = await expectSound();
      const held = await hold(`select from endpoints where id = '${endpointId}' for update`);
      const answered = outcome(rotate(`key-${keys}`));
      await waiting();
      await server.end("SIGKILL");
      await held.release();
      expect(await answered).toBeNull();
      expect(await expectSound()).toEqual(before);
      await restart();
      await expectRotatedOnce(`key-${keys}`, before.length);
    },
    START_TIMEOUT_MS,
  );

  test(
    "between the change and its audit row: nothing is changed, and the repeated call rotates",
    async () => {
      const before = await expectSound();
      const held = await hold(`select from audit_heads where tenant_id = '${tenantId}' for update`);
      const answered = outcome(rotate(`key-${keys}`));
      await waiting();
      await server.end("SIGKILL");
      await held.release();
      expect(await answered).toBeNull();
      expect(await expectSound()).toEqual(before);
      await restart();
      await expectRotatedOnce(`key-${keys}`, before.length);
    },
    START_TIMEOUT_MS,
  );

  test(
    "between the commit and the answer: the repeated call gets the same secret, and nothing is done twice",
    async () => {
      const before = await expectSound();
      const heldHead = await hold(`select from audit_heads where tenant_id = '${tenantId}' for update`);
      const answered = outcome(rotate(`key-${keys}`));
      await waiting();
      // Granted by the commit of the rotation, this lock holds the process in what it does next, before it answers.
      const heldAnswers = hold("lock table idempotent_answers in share mode");
      await waiting(2);
      await heldHead.release();
      const held = await heldAnswers;
      await waiting();
      await server.end("SIGKILL");
      await held.release();
      expect(await answered).toBeNull();

      expect(await expectSound()).toHaveLength(before.length + 1);
      const made = await activeSecret();
      await restart();
      const repeated = await rotate(`key-${keys}`);
      expect(repeated.headers.get("idempotent-replayed")).toBe("true");
      expect(repeated.body.secret).toBe(made);
      expect(await expectSound()).toHaveLength(before.length + 1);
    },
    START_TIMEOUT_MS,
  );

  test(
    "at a random moment: one rotation for one key, whatever was answered",
    async () => {
      for (let kill = 0; kill < RANDOM_KILLS; kill += 1) {
        const key = `random-${kill}`;
        const before = await expectSound();
        const answering = outcome(rotate(key));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * ROTATION_MS));
        await server.end("SIGKILL");
        const answer = await answering;
        const after = await expectSound();
        if (answer !== null) expect(await activeSecret()).toBe(answer.body.secret);
        const made = after.length > before.length ? await activeSecret() : null;
        await restart();
        const secret = await expectRotatedOnce(key, before.length);
        if (made !== null) expect(secret).toBe(made);
      }
    },
    START_TIMEOUT_MS,
  );

  /** The repeated call; a first one that died is taken over after a minute, which passes here by moving its row. */
  async function expectRotatedOnce(key: string, versionsBefore: number): Promise<string> {
    await database.query(AGE_CLAIM, [key]);
    const repeated = await rotate(key);
    expect(repeated.status, repeated.text).toBe(200);
    expect(await activeSecret()).toBe(repeated.body.secret);
    expect((await rotate(key)).body.secret).toBe(repeated.body.secret);
    expect(await expectSound()).toHaveLength(versionsBefore + 1);
    return repeated.body.secret;
  }

  /** What stands is allowed, and is what the last row of a sound audit log says. */
  async function expectSound(): Promise<readonly VersionRow[]> {
    const rows = await database.query<VersionRow>(READ_VERSIONS, [endpointId]);
    expect(rows.filter((row) => row.state === "active")).toHaveLength(1);
    expect(rows.map((row) => row.number)).toEqual(rows.map((_, index) => index + 1));
    for (const row of rows) expect(row.sealed).toBe(row.state !== "expired");

    expect(await verifyAudit({ database, keyRing, tenantId })).toMatchObject({ ok: true });
    const log = await readAuditRows(database, { tenantId, after: 0, upTo: 1_000_000, limit: 1_000 });
    const last = log.findLast((row) => row.action === "secret.rotate");
    const { versions } = JSON.parse(last?.after ?? "{}") as { versions: { number: number; state: string }[] };
    const standing = rows.filter((row) => row.state !== "expired").map(({ number, state }) => ({ number, state }));
    expect(versions.filter(({ state }) => state !== "expired")).toMatchObject(standing.toReversed());
    return rows;
  }

  async function activeSecret(): Promise<string> {
    const rows = await database.query<{
      endpoint_id: string;
      number: number;
      sealed: Uint8Array;
      encryption_key_id: string;
    }>(READ_ACTIVE, [endpointId]);
    const [secret] = openSecrets({ keyRing, rows });
    if (secret === undefined) throw new Error("there is no active secret");
    return secret.text;
  }

  /** Resolves once `lock` is granted; what it holds is given back by `release`. */
  async function hold(lock: string): Promise<{ release(): Promise<void> }> {
    const granted = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const ended = database.transaction(async (transaction: Queryable) => {
      await transaction.script(lock);
      granted.resolve();
      await released.promise;
    });
    await granted.promise;
    return {
      async release() {
        released.resolve();
        await ended;
      },
    };
  }

  /** Resolves once so many connections wait for a lock. */
  async function waiting(count = 1): Promise<void> {
    for (;;) {
      const [row] = await database.query<{ waiting: number }>(COUNT_WAITING, []);
      if ((row?.waiting ?? 0) >= count) return;
    }
  }
});

interface VersionRow {
  readonly number: number;
  readonly state: string;
  readonly expiresAt: Date | null;
  readonly sealed: boolean;
}

const READ_VERSIONS: Statement = {
  name: "test-versions",
  text: `select number, state, expires_at as "expiresAt", sealed is not null as sealed
    from secret_versions where endpoint_id = $1::uuid order by number`,
};

const READ_ACTIVE: Statement = {
  name: "test-active",
  text: `select endpoint_id, number, sealed, encryption_key_id
    from secret_versions where endpoint_id = $1::uuid and state = 'active'`,
};

const AGE_CLAIM: Statement = {
  name: "test-age-claim",
  text: `update idempotent_answers set created_at = created_at - interval '61 seconds'
    where key = $1::text and status is null`,
};

const COUNT_WAITING: Statement = {
  name: "test-waiting",
  text: `select count(*) as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`,
};
