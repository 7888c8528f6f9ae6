/** `posthorn sign` and `posthorn verify` as they are typed: processes of their own, without a server. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { runPosthorn } from "./support/run-posthorn.ts";

const SECRET = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 4).toString("base64")}`;
const BODY = '{"type":"invoice.paid","data":{"n":1}}';
/** Processes start, which takes its time on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });
let folder: string;
let secretFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "posthorn-signing-"));
  secretFile = await write("secret", `${SECRET}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function posthorn(args: readonly string[], input: Parameters<typeof runPosthorn>[1] = {}) {
  const ended = await runPosthorn(args, input);
  expect(ended.stdout + ended.stderr).not.toContain(SECRET.slice(6));
  return ended;
}

test("what sign prints verifies with the reference library and with verify, from a file, standard input and the environment", async () => {
  const bodyFile = await write("body", BODY);
  const signed = await posthorn(["sign", bodyFile, "--secret-file", secretFile, "--id", "msg_1"]);
  expect(signed).toMatchObject({ code: 0, stderr: "" });
  const headers = Object.fromEntries(
    signed.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(": ") as [string, string]),
  );
  expect(new Webhook(SECRET).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  const headersFile = await write("headers", `POST /hook HTTP/1.1\n${signed.stdout}`);
  const env = { POSTHORN_SIGNING_SECRET: `${OTHER}\n${SECRET}` };
  const verified = await posthorn(["verify", "--headers-file", headersFile], { input: BODY, env });
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^verified: signed at .*, by secret 2 of 2\n$/),
  });
  const flags = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  expect((await posthorn(["verify", bodyFile, "--secret-file", "-", ...flags], { input: SECRET })).code).toBe(0);
});

test("verify says which mistake it was", async () => {
  const bodyFile = await write("body", BODY);
  const { stdout } = await posthorn(["sign", bodyFile, "--secret-file", secretFile, "--id", "msg_1"]);
  const headersFile = await write("headers", stdout);
  const given = ["--headers-file", headersFile];
  const by = ["--secret-file", secretFile];
  const wrongBody = await posthorn(["verify", ...given, ...by], { input: `${BODY}\n` });
  expect(wrongBody).toMatchObject({ code: 1, stdout: expect.stringMatching(/^no_matching_signature: .*line end/) });
  expect(await posthorn(["verify", bodyFile, ...by])).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^missing_header: /),
  });
  const old = await write("old", stdout.replace(/webhook-timestamp: \d+/, "webhook-timestamp: 1000"));
  const late = await posthorn(["verify", bodyFile, "--headers-file", old, ...by]);
  expect(late).toMatchObject({ code: 1, stdout: expect.stringMatching(/^timestamp_too_old: /) });
});

test("the other schemes sign and verify; mistakes of the command line are 2", async () => {
  const bodyFile = await write("body", BODY);
  const by = ["--secret-file", secretFile, "--scheme", "thesignup"];
  const { stdout } = await posthorn(["sign", bodyFile, ...by]);
  expect(stdout).toMatch(/^Thesignup-Signature: t=\d+,v1=[0-9a-f]{64}\n$/);
  expect((await posthorn(["verify", bodyFile, ...by, "-H", stdout.trim()])).code).toBe(0);
  const mistakes: string[][] = [
    ["sign", bodyFile],
    ["sign", "--secret-file", "-"],
    ["sign", bodyFile, ...by, "--id", "a"],
    ["verify", bodyFile, "--secret-file", bodyFile],
  ];
  for (const args of mistakes) {
    expect(await posthorn(args), args.join(" ")).toMatchObject({ code: 2, stdout: "" });
  }
});
