/**
 * `npm run test:faults -- [<name> …] [--db postgres|embedded] [--list]`: tells the stories of the named faults, or of
 * all, on each database they can happen to, and prints a line for each. Exit code 1 when a promise was broken, 2 for a
 * wrong call. PostgreSQL is a private server for each fault, made from the binaries of this machine.
 */
import { parseArgs } from "node:util";

import type { Database } from "../../src/db/database.ts";
import { faults } from "./all.ts";
import { describeFault } from "./describe-fault.ts";
import type { Fault } from "./fault.ts";
import { runFault } from "./run-fault.ts";
import { KILLS, runKills } from "./run-kills.ts";

const KINDS: readonly Database["kind"][] = ["postgres", "embedded"];
const USAGE = "npm run test:faults -- [<name> …] [--db postgres|embedded] [--list]\n";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { db: { type: "string" }, list: { type: "boolean", default: false } },
});
const known = [KILLS.name, ...faults.map(({ name }) => name)];
const chosen = positionals.length === 0 ? known : known.filter((name) => positionals.includes(name));
const kinds = KINDS.filter((kind) => values.db === undefined || values.db === kind);
if (kinds.length === 0 || chosen.length < new Set(positionals).size) {
  process.stderr.write(`${USAGE}\n${list(known)}`);
  process.exitCode = 2;
} else if (values.list) {
  process.stdout.write(list(chosen));
} else {
  process.exitCode = (await runAll()) ? 0 : 1;
}

function list(names: readonly string[]): string {
  const all = [{ ...KILLS, on: KINDS }, ...faults].filter(({ name }) => names.includes(name));
  return all.map(({ name, about, on }) => `${name.padEnd(34)} ${on.join(", ").padEnd(19)} ${about}\n`).join("");
}

async function runAll(): Promise<boolean> {
  let isWell = true;
  for (const kind of kinds) {
    if (chosen.includes(KILLS.name)) isWell = (await runKills(kind)) && isWell;
    for (const fault of faults.filter(({ name, on }) => chosen.includes(name) && on.includes(kind))) {
      isWell = (await runOne(fault, kind)) && isWell;
    }
  }
  return isWell;
}

async function runOne(fault: Fault, kind: Database["kind"]): Promise<boolean> {
  const reason = (await fault.isImpossible?.()) ?? null;
  if (reason !== null) {
    process.stdout.write(`LEFT OUT ${fault.name} on ${kind}: ${reason}\n`);
    return true;
  }
  try {
    const report = await runFault(fault, kind);
    process.stdout.write(`${describeFault(report)}\n`);
    return report.violations.length === 0;
  } catch (error) {
    process.stdout.write(`BROKEN ${fault.name} on ${kind}: broken off\n`);
    console.error(error);
    return false;
  }
}
