/**
 * `kill -9` at every boundary of the stages: the rounds of `npm run test:crash`, one for each boundary, summed up in one
 * line like the other faults.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { Database } from "../../src/db/database.ts";
import { BOUNDARIES } from "../crash/crash-points.ts";

export const KILLS = {
  name: "node-killed",
  about: "kill -9 of the server at every boundary of the stages, under load",
} as const;

const SCRIPT = fileURLToPath(new URL("../crash/run.ts", import.meta.url));
/** The last line of its table: all rounds together. */
const TOTALS = /^all +(\d+) +(\d+) +(\d+) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+)$/;

/** Prints its line; resolves to whether every promise was kept. */
export async function runKills(kind: Database["kind"]): Promise<boolean> {
  // Of two nodes one dies last.
  const rounds = BOUNDARIES.length + (kind === "postgres" ? 1 : 0);
  const child = spawn(
    process.execPath,
    [...process.execArgv, SCRIPT, "--db", kind, "--rounds", String(rounds), "--seed", "1"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  const [code] = await exited;
  const totals = lines.map((line) => TOTALS.exec(line)).find((found) => found !== null);
  if (code !== 0 || totals === undefined || totals === null) {
    process.stdout.write(`BROKEN ${KILLS.name} on ${kind}:\n${lines.map((line) => `         ${line}\n`).join("")}`);
    return false;
  }
  const [, kills, lost, repeated, inFlight, start, inFlightEnded, recovered] = totals;
  process.stdout.write(
    `ok     ${KILLS.name} on ${kind}: ${kills} kills; lost ${lost}; repeated ${repeated} of ${inFlight} in flight; ` +
      `started in at most ${start} s; then in flight 0 after ${inFlightEnded} s, all ended after ${recovered} s\n`,
  );
  return true;
}
