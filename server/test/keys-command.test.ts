/** `posthorn keys` as an operator runs it: processes of their own, on a database on disk. */
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keepDevSecrets } from "../src/commands/dev-secrets.ts";
import { generateKey } from "../src/commands/keys.ts";
import { createPasswordQueue } from "../src/core/access/password-queue.ts";
import type { CoreContext } from "../src/core/context.ts";
import { parseKeyRing } from "../src/core/encryption/key-ring.ts";
import { createEndpoint } from "../src/core/endpoints/create-endpoint.ts";
import { createTenant } from "../src/core/tenants/create-tenant.ts";
import { createDatabaseClock } from "../src/db/clock.ts";
import type { Database } from "../src/db/database.ts";
import { openEmbedded } from "../src/db/embedded.ts";
import { embeddedTemplate } from "./support/database-template.ts";
import { NO_ENGINE } from "./support/no-engine.ts";
import { runPosthorn } from "./support/run-posthorn.ts";

const A = generateKey("a");
const B = generateKey("b");
/** Each command starts the database, which takes seconds where others work too. */
const BOOTS_TIMEOUT_MS = 120_000;

const keys = (args: readonly string[], env: NodeJS.ProcessEnv) => posthorn(["keys", ...args], env);

async function posthorn(args: readonly string[], env: NodeJS.ProcessEnv) {
  const ended = await runPosthorn(args, { env });
  for (const key of [A, B].map((entry) => entry.slice(2))) expect(ended.stdout + ended.stderr).not.toContain(key);
  return ended;
}

test("generate prints a key that a ring takes, with an id of its own or the one that is given", async () => {
  const { code, stdout } = await keys(["generate"], {});
  expect(code).toBe(0);
  expect(parseKeyRing(stdout.trim()).currentKeyId).toMatch(/^k-[0-9a-f]{8}$/);
  expect((await keys(["generate", "--id", "k2"], {})).stdout).toMatch(/^k2:[A-Za-z0-9+/]{43}=\n$/);
  expect(await keys(["generate", "--id", "no good"], {})).toMatchObject({ code: 2, stdout: "" });
});

test("rotate makes a key and says the order of the rings, without showing one that is in use", async () => {
  const { code, stdout } = await keys(["rotate", "--id", "c"], { POSTHORN_ENCRYPTION_KEYS: `${A},${B}` });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}c:[A-Za-z0-9+/]{43}=$/m);
  expect(stdout).toContain("with a,b,c (the new key last)");
  expect(stdout).toContain("with c,a,b (the new key first)");
  expect(await keys(["rotate", "--id", "a"], { POSTHORN_ENCRYPTION_KEYS: A })).toMatchObject({ code: 2 });
});

test("what it is not told, and what it does not know, costs one line", async () => {
  expect((await keys(["rotate"], {})).stderr).toMatch(/^posthorn: POSTHORN_ENCRYPTION_KEYS is missing.*\n$/);
  expect((await keys(["forget"], {})).stderr).toMatch(/^posthorn: Expected posthorn keys .*\n$/);
});

describe("on a database on disk", () => {
  let directory: string;
  const on = (ring: string): NodeJS.ProcessEnv => ({ POSTHORN_DATA_DIR: directory, POSTHORN_ENCRYPTION_KEYS: ring });
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "posthorn-keys-"));
    await cp(await embeddedTemplate(new Date()), directory, { recursive: true });
    await using database = await openEmbedded({ directory });
    const context = await contextOf(database, A);
    const actor = { kind: "root", address: null } as const;
    const tenant = await createTenant({ context, actor, input: { name: "Keys" } });
    const input = { url: "https://example.com/", headers: { "x-key": "value" } };
    for (let count = 0; count < 3; count += 1) await createEndpoint({ context, actor, tenantId: tenant.id, input });
    // `dev` keeps its secrets beside the database; the settings say other keys.
    await keepDevSecrets(directory);
  }, BOOTS_TIMEOUT_MS);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test(
    "list counts what each key is used for, and names those that are not in the ring",
    async () => {
      const sound = await keys(["list"], on(`${B},${A}`));
      expect(sound).toMatchObject({ code: 0 });
      expect(sound.stdout).toContain("b (current): signing secrets 0, URL credentials and headers 0");
      expect(sound.stdout).toContain("a (old): signing secrets 3, URL credentials and headers 3");

      const missing = await keys(["list"], on(B));
      expect(missing).toMatchObject({ code: 1 });
      expect(missing.stdout).toContain("a (NOT IN THE RING): signing secrets 3");

      const other = await keys(["list"], on(`${B},a:${randomBytes(32).toString("base64")}`));
      expect(other.stdout).toContain("a (ANOTHER KEY UNDER THIS ID): signing secrets 3");
    },
    BOOTS_TIMEOUT_MS,
  );

  test(
    "with another key under the id of one, a command that would write into the audit log refuses in one line",
    async () => {
      const user = ["--tenant", "keys", "--email", "ada@example.com", "--role", "viewer", "--no-password"];
      const refused = await posthorn(["users", "create", ...user], on(generateKey("a")));
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toMatch(
        /^posthorn: The encryption key a is not in the key ring, or another one carries its id\.\n$/,
      );
      expect(await posthorn(["users", "create", ...user], on(A))).toMatchObject({ code: 0 });
      expect(await posthorn(["audit", "verify"], on(A))).toMatchObject({ code: 0 });
    },
    BOOTS_TIMEOUT_MS,
  );

  test(
    "reencrypt refuses what no key opens and loses nothing; with the key it moves everything",
    async () => {
      const refused = await keys(["reencrypt"], on(B));
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stdout).toContain("Moved 0 values to the key b.");
      expect(refused.stdout).toContain("Left: 3 signing secrets sealed with a.");
      expect(refused.stdout).toContain("The encryption key a is not in the key ring");

      const other = await keys(["reencrypt"], on(`a:${randomBytes(32).toString("base64")}`));
      expect(other).toMatchObject({ code: 1 });
      expect(other.stdout).toContain("another key may carry the same id.\nNothing was moved");

      const moved = await keys(["reencrypt"], on(`${B},${A}`));
      expect(moved).toMatchObject({ code: 0 });
      expect(moved.stdout).toContain("Moved 6 values to the key b.");
      expect(moved.stderr).toContain("signing secrets: 3 of 3 moved");
      expect((await keys(["list"], on(B))).stdout).toContain("b (current): signing secrets 3");
    },
    BOOTS_TIMEOUT_MS,
  );
});

async function contextOf(database: Database, ring: string): Promise<CoreContext> {
  return {
    database,
    clock: await createDatabaseClock(database),
    keyRing: parseKeyRing(ring),
    passwordQueue: createPasswordQueue(),
    reveals: true,
    checkTarget: async (url) => ({ ok: true, url, credentials: null }),
    engine: NO_ENGINE,
  };
}
