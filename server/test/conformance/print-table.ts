/**
 * `npm run conformance -- <dialect>`: runs the dialect's conformance tests and prints how often each of its operations
 * answered with each documented status. Fails when a test does, or when a documented status was never answered.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { readReport } from "./report.ts";
import { DOCUMENTED as SELFCOMMUNITY } from "./selfcommunity/documented.ts";
import { DOCUMENTED as THESIGNUP } from "./thesignup/documented.ts";
import { DOCUMENTED as VELT } from "./velt/documented.ts";

/** By dialect its operations, each with the statuses that its contract documents. */
const CONTRACTS: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> = new Map([
  ["selfcommunity", SELFCOMMUNITY],
  ["thesignup", THESIGNUP],
  ["velt", VELT],
]);

const [dialect = "", ...rest] = process.argv.slice(2);
const documented = CONTRACTS.get(dialect);
if (documented === undefined) {
  process.stderr.write(`Usage: npm run conformance -- ${[...CONTRACTS.keys()].join(" | ")}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "posthorn-conformance-"));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const run = spawnSync(process.execPath, [vitest, "run", `server/test/conformance/${dialect}`, ...rest], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, CONFORMANCE_REPORT: folder },
});
const answered = readReport(folder).filter((answer) => answer.dialect === dialect);
rmSync(folder, { recursive: true });

const isComplete = printTable(documented);
process.exitCode = run.status === 0 && isComplete ? 0 : 1;

/** Whether every documented status was answered. */
function printTable(contract: ReadonlyMap<string, readonly number[]>): boolean {
  const countOf = (operation: string, status: number): number =>
    answered.filter((answer) => answer.operation === operation && answer.status === status).length;
  const others = answered.map(({ status }) => status);
  const statuses = [...new Set([...[...contract.values()].flat(), ...others])].toSorted((a, b) => a - b);
  const operations = [...contract.keys()];
  const width = Math.max(...operations.map((operation) => operation.length));
  const line = (name: string, cells: readonly string[]): void =>
    void process.stdout.write(`${name.padEnd(width)}${cells.map((cell) => cell.padStart(6)).join("")}\n`);

  line(`\n${dialect}`, statuses.map(String));
  let missing = 0;
  for (const operation of operations) {
    const cells = statuses.map((status) => {
      const count = countOf(operation, status);
      const isMissing = count === 0 && (contract.get(operation)?.includes(status) ?? false);
      if (isMissing) missing += 1;
      return isMissing ? "none!" : count === 0 ? "·" : String(count);
    });
    line(operation, cells);
  }
  process.stdout.write(`\n${answered.length} answers; ${missing} documented statuses were never answered.\n`);
  return missing === 0;
}
