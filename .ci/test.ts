/**
 * `npm test`: the tests on the embedded database, and on a PostgreSQL server where there is one (.ci/with-postgres) all
 * those again that could tell the difference (list-alike-tests.ts). Arguments go to vitest; with TEST_REPORTS naming a
 * folder, each run also writes its results there as JSON. Where no server is found the second run is left out, aloud.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { listAlikeTests } from "./list-alike-tests.ts";

/** What .ci/with-postgres answers where it has no server to offer (EX_UNAVAILABLE). */
const NO_SERVER = 69;

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const root = join(import.meta.dirname, "..");
const seed = process.env["FAST_CHECK_SEED"] ?? String(Date.now() % 2 ** 31);

const embedded = run("embedded", []);
const postgres = run("postgres", [join(import.meta.dirname, "with-postgres")]);
if (postgres === NO_SERVER)
  process.stdout.write("Left out: the run on PostgreSQL. Set TEST_DATABASE_URL, or install it.\n");
process.exitCode = embedded === 0 && (postgres === 0 || postgres === NO_SERVER) ? 0 : 1;

function run(name: "embedded" | "postgres", prefix: readonly string[]): number {
  process.stdout.write(`\nTests, ${name}\n`);
  const { TEST_DATABASE_URL: url, TEST_REPORTS: reports, ...rest } = process.env;
  // Hundreds of processes are started from the same sources: compiled once, they are up in half the time.
  const compiled = { NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled") };
  const env = {
    ...compiled,
    ...rest,
    FAST_CHECK_SEED: seed,
    ...(name === "postgres" && url ? { TEST_DATABASE_URL: url } : {}),
  };
  const output = reports
    ? ["--reporter=default", "--reporter=json", `--outputFile.json=${join(reports, `${name}.json`)}`]
    : [];
  const once =
    name === "embedded" ? [] : ["--passWithNoTests", ...listAlikeTests(root).map((file) => `--exclude=${file}`)];
  const asked = process.argv.slice(2);
  const [command = "", ...args] = [...prefix, process.execPath, vitest, "run", ...output, ...once, ...asked];
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env });
  if (error) return NO_SERVER;
  return status ?? 1;
}
