/** `posthorn users` and `posthorn audit` as an operator runs them: processes of their own, on a database on disk. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { runAudit } from "../src/commands/audit.ts";
import { keepDevSecrets } from "../src/commands/dev-secrets.ts";
import { readLine } from "../src/commands/read-password.ts";
import { runUsers } from "../src/commands/users.ts";
import { createPasswordQueue } from "../src/core/access/password-queue.ts";
import { parseKeyRing } from "../src/core/encryption/key-ring.ts";
import { logIn } from "../src/core/sessions/log-in.ts";
import { createDatabaseClock } from "../src/db/clock.ts";
import { openEmbedded } from "../src/db/embedded.ts";
import { insertTenant } from "../src/db/queries/insert-tenant.ts";
import { embeddedTemplate } from "./support/database-template.ts";
import { runPosthorn } from "./support/run-posthorn.ts";

const PASSWORD = "correct horse battery";
const ADA = ["--tenant", "acme", "--email", "ada@example.com"];
/** Each command and each look beside it starts the embedded database, which takes seconds where others work too. */
const BOOTS_TIMEOUT_MS = 120_000;
const TENANT_ID = "5b3f2f0e-6f3d-4c54-8a4f-0f1e2d3c4b5a";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "posthorn-commands-"));
  await cp(await embeddedTemplate(new Date()), directory, { recursive: true });
  await keepDevSecrets(directory);
  await using database = await openEmbedded({ directory });
  await insertTenant(database, { id: TENANT_ID, slug: "acme", name: "Acme", metadata: {}, now: new Date() });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const posthorn = (args: readonly string[], input = "") =>
  runPosthorn(args, { env: { POSTHORN_DATA_DIR: directory }, input });

async function mayLogIn(password: string): Promise<boolean> {
  await using database = await openEmbedded({ directory });
  const { encryptionKeys } = await keepDevSecrets(directory);
  const context = {
    database,
    clock: await createDatabaseClock(database),
    keyRing: parseKeyRing(encryptionKeys),
    passwordQueue: createPasswordQueue(),
  };
  const input = { tenant: "acme", email: "ada@example.com", password };
  try {
    await logIn({ context, origin: { address: null, requestId: "test" }, input });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "unauthenticated" });
    return false;
  }
}

test(
  "an operator creates a user, sets another password, and the audit log stays sound",
  async () => {
    const created = await posthorn(["users", "create", ...ADA, "--role", "admin", "--number", "7"], `${PASSWORD}\n`);
    expect(created).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Created usr_[0-9a-z]{26}: ada@example\.com, admin, number 7\.\n$/),
      stderr: "",
    });
    expect((await posthorn(["users", "passwd", ...ADA], "another horse battery")).code).toBe(0);
    expect(await mayLogIn(PASSWORD)).toBe(false);
    expect(await mayLogIn("another horse battery")).toBe(true);

    const sound = await posthorn(["audit", "verify"]);
    expect(sound).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ten_\w{26} acme: sound, head \d+:[0-9a-f]{64}\n$/),
    });
    const head = /head (\S+)/.exec(sound.stdout)?.[1] ?? "";
    expect((await posthorn(["audit", "verify", "--tenant", "acme", "--expect", head])).code).toBe(0);
    const ahead = head.replace(/^\d+/, "99");
    expect((await posthorn(["audit", "verify", "--tenant", "acme", "--expect", ahead])).code).toBe(1);
  },
  BOOTS_TIMEOUT_MS,
);

test(
  "a changed row ends the verification with code 1 and its number",
  async () => {
    await posthorn([
      "users",
      "create",
      "--tenant",
      "acme",
      "--email",
      "grace@example.com",
      "--role",
      "viewer",
      "--no-password",
    ]);
    {
      await using database = await openEmbedded({ directory });
      await database.script(
        "alter table audit_log disable trigger all; update audit_log set actor = 'nobody' where number = 1; alter table audit_log enable trigger all",
      );
    }
    const verified = await posthorn(["audit", "verify"]);
    expect(verified.code).toBe(1);
    expect(verified.stdout).toMatch(/acme: NOT SOUND, row 1 was changed, or put in\n$/);
  },
  BOOTS_TIMEOUT_MS,
);

test.each([
  [["users", "create", ...ADA, "--role", "admin"], "short\n", "password: A password has at least 12 characters"],
  [["users", "create", ...ADA, "--role", "admin", "--password", PASSWORD], "", "Unknown option '--password'"],
  [["users", "passwd", "--tenant", "none", "--email", "a@b"], PASSWORD, "There is no such tenant"],
])(
  "posthorn %j with its mistake says so and ends with code 2",
  async (args, input, complaint) => {
    const { code, stdout, stderr } = await posthorn(args, input);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(complaint);
  },
  BOOTS_TIMEOUT_MS,
);

test.each([
  [[], "Expected posthorn users create"],
  [["create", "--tenant", "acme"], "--email is missing"],
  [["create", ...ADA], "--role is missing"],
  [["create", ...ADA, "--role", "owner"], "--role: one of admin, developer, viewer"],
  [["passwd", "acme"], "Expected posthorn users create"],
])("posthorn users %j is refused before anything is opened", async (args, complaint) => {
  await expect(runUsers(args)).rejects.toThrow(complaint);
});

test.each([
  [[], "Expected posthorn audit verify"],
  [["verify", "--expect", "1:00"], "--expect: a row's number"],
  [["verify", "--expect", `1:${"0".repeat(64)}`], "give --tenant too"],
])("posthorn audit %j is refused before anything is opened", async (args, complaint) => {
  await expect(runAudit(args)).rejects.toThrow(complaint);
});

test("a password is one line, with or without its end", () => {
  for (const input of ["a b", "a b\n", "a b\r\n"]) expect(readLine(input)).toBe("a b");
  expect(() => readLine("\n")).toThrow("holds no password");
  expect(() => readLine("a\nb\n")).toThrow("more than one line");
});
