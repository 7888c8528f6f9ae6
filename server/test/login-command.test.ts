/** `posthorn login` and `posthorn logout` as they are typed, and the commands that use what is kept. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";

import { runLogin } from "../src/commands/login/login.ts";
import { runLogout } from "../src/commands/login/logout.ts";
import { runTrace } from "../src/commands/trace/run-trace.ts";
import { runTrigger } from "../src/commands/trigger.ts";
import { programOf } from "./support/device-program.ts";
import { runPosthorn } from "./support/run-posthorn.ts";
import { startTestServer, type TestServer } from "./support/start-server.ts";

const PERSON = { tenant: "acme", email: "ada@example.com", password: "correct horse battery" };
/** Processes start, which takes its time on a busy machine. */
const TIMEOUT_MS = 60_000;

let world: TestServer;
let home: string;
let file: string;
beforeAll(async () => {
  world = await startTestServer();
  const root = world.client();
  await root.post("/v1/tenants", { name: "Acme", slug: "acme" });
  await root.put("/v1/tenants/acme/event-types/invoice.paid", { example: "{}" });
  await root.post("/v1/tenants/acme/users", { ...PERSON, tenant: undefined, role: "developer" });
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "posthorn-home-"));
  file = join(home, "posthorn", "credentials.json");
  vi.stubEnv("XDG_CONFIG_HOME", home);
  for (const name of ["POSTHORN_API_KEY", "POSTHORN_ROOT_KEY", "DATABASE_URL"]) vi.stubEnv(name, undefined);
  return async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  };
});

/** As it is typed. */
const posthorn = (...args: string[]) => runPosthorn(args, { env: { XDG_CONFIG_HOME: home }, cwd: home });

/** In this process, where starting it takes no time: the exit codes, and what was printed. */
async function run(...commands: readonly (() => Promise<number>)[]) {
  let [stdout, stderr] = ["", ""];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((line) => (stdout += String(line)) !== "");
  const err = vi.spyOn(process.stderr, "write").mockImplementation((line) => (stderr += String(line)) !== "");
  try {
    return { codes: await Promise.all(commands.map((command) => command())), stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** No development server is near. */
const trigger = (...args: string[]) => runTrigger(["invoice.paid", "--data-dir", home, ...args]);

/** A person decides before the second poll; nobody waits. */
async function logIn(given: { readonly decision?: "deny"; readonly args?: readonly string[] } = {}) {
  const { decision = "approve", args = [] } = given;
  const { url } = world.server;
  const waits: number[] = [];
  const browser = programOf({ baseUrl: url, clientId: "" });
  const printed = vi.spyOn(process.stdout, "write");
  const wait = async (seconds: number) => {
    waits.push(seconds);
    world.clock.advance(seconds * 1000);
    if (waits.length !== 2) return;
    const userCode =
      /\b([B-Z]{4}-[B-Z]{4})\b/.exec(printed.mock.calls.map(([line]) => String(line)).join(""))?.[1] ?? "";
    await browser.decide((await browser.open(userCode, PERSON)).proof, decision);
  };
  const { codes, stdout, stderr } = await run(() => runLogin(["--url", url, ...args], wait));
  return { code: codes[0], stdout, stderr, waits };
}

const kept = async () => (JSON.parse(await readFile(file, "utf8")) as { logins: Record<string, string>[] }).logins;
const keep = async (change: Record<string, string>) => {
  const [login] = await kept();
  await writeFile(file, JSON.stringify({ logins: [{ ...login, ...change }] }));
};

test("login keeps the tokens for the other commands, which renew them, also several at once; logout revokes them", async () => {
  const { code, stdout, waits } = await logIn();
  expect([code, waits]).toEqual([0, [5, 5]]);
  expect(stdout).toContain(`Open ${world.server.url}/device in a browser and type the code `);
  expect(stdout).toContain(`Logged in to ${world.server.url}, tenant acme.`);
  expect(stdout).not.toMatch(/ph[ard]_/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, "posthorn"))).mode & 0o777).toBe(0o700);

  const [first] = await kept();
  expect(await run(trigger)).toMatchObject({ codes: [0], stdout: expect.stringMatching(/^evt_\w+\n$/) });
  expect((await kept())[0]).toEqual(first);
  await keep({ accessExpiresAt: new Date(0).toISOString() });
  const renewed = await run(trigger, trigger, trigger);
  expect(renewed).toMatchObject({ codes: [0, 0, 0], stderr: "" });
  const [second] = await kept();
  expect(second?.["refreshToken"]).not.toBe(first?.["refreshToken"]);

  const eventId = renewed.stdout.split("\n")[0] ?? "";
  const traced = await run(() => runTrace([eventId, "--data-dir", home]));
  expect(traced).toMatchObject({ codes: [0], stdout: expect.stringContaining("invoice.paid") });

  const loggedOut = await run(() => runLogout([]));
  expect(loggedOut).toMatchObject({ codes: [0], stdout: `Logged out of ${world.server.url}.\n` });
  expect(await kept()).toEqual([]);
  const revoked = await world.client(second?.["accessToken"]).get("/v1/tenants/acme/events");
  expect(revoked.status).toBe(401);
  expect(await run(() => runLogout([]))).toMatchObject({ codes: [1] });
  await expect(trigger()).rejects.toThrow("posthorn login");
});

test(
  "a login that ended says what to do, and is forgotten",
  async () => {
    await logIn();
    const [login] = await kept();
    await programOf({ baseUrl: world.server.url, clientId: "posthorn_cli" }).revoke(String(login?.["refreshToken"]));
    await keep({ accessExpiresAt: new Date(0).toISOString() });
    const listen = await posthorn("listen", "--forward-to", "http://127.0.0.1:9/");
    expect(listen).toMatchObject({ code: 1, stderr: expect.stringContaining("Log in again: posthorn login") });
    expect(await kept()).toEqual([]);
  },
  TIMEOUT_MS,
);

test("--json prints a line when there is a code and one when it is done; another login revokes the one before", async () => {
  await logIn();
  const [before] = await kept();
  const { code, stdout } = await logIn({ args: ["--json", "--scope", "events:read"] });
  expect(code).toBe(0);
  const [begun, done] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(begun).toMatchObject({ verificationUri: `${world.server.url}/device`, expiresInSeconds: 900 });
  expect(done).toEqual({ url: world.server.url, tenant: "acme", scope: "events:read offline_access", file });
  expect(await kept()).toHaveLength(1);
  expect((await world.client(before?.["accessToken"]).get("/v1/tenants/acme/events")).status).toBe(401);
});

test("a denied login is exit code 1, and nothing is kept", async () => {
  const { code, stderr } = await logIn({ decision: "deny" });
  expect([code, stderr]).toEqual([1, expect.stringContaining("denied")]);
  await expect(stat(file)).rejects.toThrow("ENOENT");
});

test(
  "no server, plain HTTP to another machine, a file that holds no logins: each is said, and who has a key needs none",
  async () => {
    expect(await posthorn("login", "--url", "http://hooks.example.com")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("https"),
    });
    await expect(runLogin(["--url", "http://127.0.0.1:9"])).rejects.toThrow("There is no server");
    await writeFile(file, "secret that stands there");
    await expect(trigger()).rejects.toThrow(/^(?!.*secret that stands there).*does not hold logins/);
    vi.stubEnv("POSTHORN_API_KEY", world.rootKey);
    const withKey = await run(() => trigger("--tenant", "acme", "--url", world.server.url));
    expect(withKey).toMatchObject({ codes: [0] });
  },
  TIMEOUT_MS,
);
