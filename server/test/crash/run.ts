/**
 * `npm run test:crash -- --db postgres|embedded [--rounds 20] [--seed N]`: kills the server at each boundary in turn,
 * then at random, always under load, and prints a line for each round and a table of all. Exit code 1 when a promise
 * was broken, 2 for a wrong call. PostgreSQL is the server of TEST_DATABASE_URL, or a private one for this run.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { BOUNDARIES, type CrashPoint, occurrences, type ServerPoint } from "./crash-points.ts";
import { openCrashSite } from "./open-crash-site.ts";
import { describeRound, describeRounds } from "./describe-rounds.ts";
import { runRound, type RoundReport } from "./run-round.ts";

const DEFAULT_ROUNDS = 20;
const PUBLISHERS = 16;
/** A random death comes so long after the load began. */
const RANDOM_MS: readonly [number, number] = [200, 2_500];
/** Where one of two nodes dies: what it holds then differs most. */
const POINTS_OF_TWO: readonly ServerPoint[] = ["leased by claim", "answer received", "record sent", "store committed"];

const USAGE = `npm run test:crash -- --db postgres|embedded [--rounds ${DEFAULT_ROUNDS}] [--seed N]\n`;

interface Call {
  readonly kind: "postgres" | "embedded";
  readonly rounds: number;
  readonly seed: number;
}

const call = readCall();
if (call === null) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else if (call.kind === "postgres" && !process.env["TEST_DATABASE_URL"]) {
  process.exitCode = runWithPostgres();
} else {
  process.exitCode = (await runRounds(call)) ? 0 : 1;
}

function readCall(): Call | null {
  const { values } = parseArgs({
    options: { db: { type: "string" }, rounds: { type: "string" }, seed: { type: "string" } },
  });
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const { db } = values;
  if ((db !== "postgres" && db !== "embedded") || !(rounds >= 1) || !Number.isInteger(seed)) return null;
  return { kind: db, rounds, seed };
}

/** The same call once more, beside a server of its own. */
function runWithPostgres(): number {
  const script = fileURLToPath(new URL("../../../.ci/with-postgres", import.meta.url));
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return spawnSync(script, args, { stdio: "inherit" }).status ?? 1;
}

async function runRounds({ kind, rounds, seed }: Call): Promise<boolean> {
  process.stdout.write(`${rounds} rounds on ${kind}, seed ${seed}\n`);
  const random = createRandom(seed);
  const draw = ([min, max]: readonly [number, number]): number => min + Math.floor(random() * (max - min + 1));
  const inTurn: readonly CrashPoint[] = kind === "postgres" ? [...BOUNDARIES, "one of two nodes"] : BOUNDARIES;
  const reports: RoundReport[] = [];
  let brokenOff: unknown = null;
  await using site = await openCrashSite({ kind, awayMs: 0 });
  for (let round = 0; round < rounds; round += 1) {
    const point = pointOf(round, inTurn);
    const pointOfTwo = POINTS_OF_TWO[draw([0, POINTS_OF_TWO.length - 1])] ?? "leased by claim";
    const of = point === "one of two nodes" ? pointOfTwo : point;
    const after = draw(of === "at random" ? RANDOM_MS : occurrences(of));
    try {
      const report = await runRound({ site, point, after, publishers: PUBLISHERS, pointOfTwo });
      reports.push(report);
      const at = of === "at random" ? `${after} ms` : `${of} ${after}`;
      process.stdout.write(`${describeRound(round + 1, at, report)}\n`);
    } catch (error) {
      // What stands now is not what the next round would begin with.
      brokenOff = error;
      process.stdout.write(`${round + 1}  ${point}: broken off\n`);
      break;
    }
  }
  process.stdout.write(`\n${describeRounds(reports)}\n`);
  const violations = reports.reduce((sum, report) => sum + report.violations.length, 0);
  if (violations > 0) process.stdout.write(`\n${violations} violations; repeat with --seed ${seed}\n`);
  if (brokenOff !== null) console.error(brokenOff);
  return violations === 0 && brokenOff === null;
}

/** Each boundary once, then random deaths and boundaries in turn. */
function pointOf(round: number, inTurn: readonly CrashPoint[]): CrashPoint {
  const beyond = round - inTurn.length;
  if (beyond >= 0 && beyond % 2 === 0) return "at random";
  return inTurn[beyond < 0 ? round : ((beyond - 1) / 2) % inTurn.length] ?? "at random";
}

/** Mulberry32: small, and the same everywhere for a seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
