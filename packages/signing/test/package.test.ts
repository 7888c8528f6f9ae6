/**
 * The package as it is published: built, packed and installed into an empty project, where it has to load as an ES
 * module and as CommonJS, type-check without any library but the language's, and run without anything of Node's.
 */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const packageRoot = fileURLToPath(new URL("..", import.meta.url));
const sourceRoot = join(packageRoot, "src");
const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));

const manifest = JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8")) as { exports: object };

const SIGNS_AND_VERIFIES = `
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"a": 1}';
  const headers = await signStandard({ secret, id: "evt_1", body });
  const verified = await verifyStandard({ secret, headers, body });
  const refused = await verifyStandard({ secret, headers, body: '{"a":1}' }).catch((error) => error);
  const text = "3f0c1a5d7e9b2846a1c3e5f708192635";
  const timestamped = await signTimestamped({ scheme: selfCommunity, secret: text, body });
  await verifyTimestamped({ scheme: selfCommunity, secret: text, headers: timestamped, body });
  report([verified.id, refused.code, refused.hint].join(" "));
`;
const NAMES = "{ selfCommunity, signStandard, signTimestamped, verifyStandard, verifyTimestamped }";
const REPORT = "evt_1 no_matching_signature body_reserialised";

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "posthorn-signing-"));
  const installed = join(project, "node_modules", "@posthorn", "signing");
  await mkdir(installed, { recursive: true });
  await run("npm", ["run", "build"], { cwd: packageRoot });
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: packageRoot });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  await run("tar", ["-xzf", join(project, packed.filename), "-C", installed, "--strip-components=1"]);
});

afterAll(() => rm(project, { recursive: true, force: true }));

async function runFile(name: string, source: string, flags: readonly string[] = []): Promise<string> {
  const file = join(project, name);
  await writeFile(file, source);
  // Without this workspace's own condition, which would lead to the sources instead of the build.
  const env = { ...process.env, NODE_OPTIONS: "" };
  return (await run(process.execPath, [...flags, file], { cwd: project, env })).stdout.trim();
}

describe("the published package", () => {
  test("loads and works as an ES module", async () => {
    const source = `import ${NAMES} from "@posthorn/signing"; const report = console.log; ${SIGNS_AND_VERIFIES}`;
    expect(await runFile("works.mjs", source)).toBe(REPORT);
  });

  test("loads and works as CommonJS", async () => {
    const source = `const ${NAMES} = require("@posthorn/signing"); const report = console.log;
      (async () => { ${SIGNS_AND_VERIFIES} })();`;
    expect(await runFile("works.cjs", source)).toBe(REPORT);
  });

  test.each(Object.keys(manifest.exports).filter((name) => name !== "./package.json"))(
    "%s exports the same names both ways",
    async (name) => {
      const entry = `@posthorn/signing${name.slice(1)}`;
      const asModule = `import * as all from "${entry}"; console.log(Object.keys(all).sort().join());`;
      const asCommonJs = `console.log(Object.keys(require("${entry}")).sort().join());`;
      const names = await runFile("names.mjs", asModule);
      expect(names).not.toBe("");
      expect(await runFile("names.cjs", asCommonJs)).toBe(names);
    },
  );

  test("carries the sources that this workspace's own condition leads to", async () => {
    const source = `console.log(require.resolve("@posthorn/signing"));`;
    expect(await runFile("resolves.cjs", source, ["--conditions=posthorn-source"])).toMatch(/src.index\.ts$/);
    await readFile(join(project, "node_modules/@posthorn/signing/src/index.ts"));
  });

  test("type-checks in a project without DOM or Node types, as a module and as CommonJS", async () => {
    const source = `
      import { NoMatchingSignatureError, verifyStandard } from "@posthorn/signing";
      import type { SigningErrorCode, VerifiedStandard } from "@posthorn/signing";
      import { formatStandardSignatures } from "@posthorn/signing/schemes";
      import { verify as verifyExpress } from "@posthorn/signing/express";
      import { rawBody } from "@posthorn/signing/fastify";
      import { verify as verifyFetch } from "@posthorn/signing/fetch";
      import { followJwks } from "@posthorn/signing/jwks";
      import { verify as verifyKoa } from "@posthorn/signing/koa";
      import { verify as verifyLambda } from "@posthorn/signing/lambda";
      import { captureRawBody } from "@posthorn/signing/nestjs";
      import { handleOnce } from "@posthorn/signing/once";
      import { signTestRequest } from "@posthorn/signing/testing";
      export const all = [verifyExpress, rawBody, verifyFetch, verifyKoa, captureRawBody, handleOnce, signTestRequest];
      interface Events { "invoice.paid": { amount: number }; "customer.created": { email: string } }
      export async function typed(): Promise<number | string> {
        const event = await verifyLambda<Events>({ body: "" }, { secret: followJwks({ url: "" }) });
        // @ts-expect-error: the data is not known before the type is.
        event.data.amount;
        return event.type === "invoice.paid" ? event.data.amount : event.data.email;
      }
      export const header: string = formatStandardSignatures(["bmV3"]);
      export const codeOf = (error: NoMatchingSignatureError): SigningErrorCode => error.code;
      export const verify = (body: Uint8Array): Promise<VerifiedStandard> =>
        verifyStandard({ secret: ["whsec_a", "whsec_b"], headers: { "Webhook-Id": ["evt_1"] }, body });
      // @ts-expect-error: a parsed body is refused by its type.
      export const parsed = () => verifyStandard({ secret: "whsec_a", headers: {}, body: { parsed: true } });
    `;
    await writeFile(join(project, "types.mts"), source);
    await writeFile(join(project, "types.cts"), source);
    const flags = "--strict --noEmit --module nodenext --target es2024 --lib es2024 --skipLibCheck false";
    const { stdout } = await run(tsc, [...flags.split(" "), "types.mts", "types.cts"], { cwd: project });
    expect(stdout).toBe("");
  });

  test("runs on web-standard globals alone", async () => {
    const script = join(project, "bare.mjs");
    await writeFile(script, `import ${NAMES} from "signing"; ${SIGNS_AND_VERIFIES}`);
    const entry = join(project, "node_modules/@posthorn/signing/dist/esm/index.js");
    const harness = fileURLToPath(new URL("run-in-bare-context.ts", import.meta.url));
    const args = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning", harness];
    const { stdout } = await run(process.execPath, [...args, pathToFileURL(script).href, pathToFileURL(entry).href]);
    expect(stdout.trim()).toBe(REPORT);
  });

  test("holds no test, no script and no dependency", async () => {
    const files = await readdir(join(project, "node_modules/@posthorn/signing"), { recursive: true });
    expect(files.filter((file) => /\.test\.|scripts|tsconfig|tsbuildinfo/.test(file))).toEqual([]);
    const manifest = await readFile(join(project, "node_modules/@posthorn/signing/package.json"), "utf8");
    expect(JSON.parse(manifest)).not.toHaveProperty("dependencies");
  });
});

test("the sources import nothing but each other", async () => {
  const files = (await readdir(sourceRoot, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file));
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const source = await readFile(join(sourceRoot, file), "utf8");
    const specifiers = [...source.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, specifier]) => specifier);
    expect(specifiers.filter((specifier) => !/^\.\.?\/.*\.ts$/.test(specifier ?? ""))).toEqual([]);
  }
});
