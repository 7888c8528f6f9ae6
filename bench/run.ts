/**
 * `npm run bench -- <scenario> --db postgres|embedded [--seconds N] [--rows N] [--short] [--out file.json]`: runs one
 * scenario, prints its figures with what they must reach, and writes everything to the file. Exit code 1 when the run
 * missed a floor or broke a promise, 2 for a wrong call.
 */
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";

import { type JudgedFigure, judge, toTable } from "./measure/figure.ts";
import { scenarios } from "./scenarios/all.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenarios/scenario.ts";
import { openSite } from "./site/open-site.ts";
import type { DatabaseKind } from "./targets/bench-database.ts";
import { exitOnSignals } from "./undo-at-exit.ts";

/** Of a scenario that gives none: enough to see that it works. */
const SHORT_SECONDS = 1;
const SHORT_ROWS = 2_000;

const USAGE = `npm run bench -- <scenario> --db postgres|embedded [--seconds N] [--rows N] [--short] [--out file.json]

${scenarios.map(({ name, about, seconds }) => `  ${name.padEnd(15)} ${about} (--seconds ${seconds})`).join("\n")}

--short makes everything small, to see that it works. PostgreSQL: a private cluster with default settings, or the server
of DATABASE_URL.
`;

interface Call {
  readonly scenario: Scenario;
  readonly database: DatabaseKind;
  readonly options: ScenarioOptions;
  readonly out: string | null;
}

const call = readCall();
if (call === null) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const { scenario, options, out } = call;
  exitOnSignals();
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  await using site = await openSite({ database: call.database, short: options.short, note });
  const result = await scenario.run(site, options);
  const figures = result.figures.map(judge);
  const broken = [...(await site.broken()), ...(result.broken ?? [])];
  process.stdout.write(`${scenario.name} on ${call.database}\n`);
  for (const line of [...toTable(figures), ...(result.notes ?? [])]) process.stdout.write(`  ${line}\n`);
  for (const line of broken) process.stdout.write(`  BROKEN: ${line}\n`);
  if (out !== null) writeFileSync(out, `${JSON.stringify(toFile(call, result, figures, broken), null, 2)}\n`);
  if (broken.length > 0 || figures.some(({ floorVerdict }) => floorVerdict === "MISSED")) process.exitCode = 1;
}

function readCall(): Call | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      db: { type: "string" },
      seconds: { type: "string" },
      rows: { type: "string" },
      short: { type: "boolean", default: false },
      out: { type: "string" },
    },
  });
  const scenario = scenarios.find(({ name }) => name === positionals[0]);
  const { db, short } = values;
  if (scenario === undefined || (db !== "postgres" && db !== "embedded")) return null;
  const seconds = Number(values.seconds ?? (short ? SHORT_SECONDS : scenario.seconds));
  const rows = Number(values.rows ?? (short ? SHORT_ROWS : (scenario.rows ?? 0)));
  if (!(seconds >= 1) || !(rows >= 0)) return null;
  return { scenario, database: db, options: { seconds, rows, short }, out: values.out ?? null };
}

function toFile(
  { scenario, database, options }: Call,
  { notes = [], details }: ScenarioResult,
  figures: readonly JudgedFigure[],
  broken: readonly string[],
): object {
  return {
    scenario: scenario.name,
    database,
    ...options,
    machine: { cores: cpus().length, model: cpus()[0]?.model, kernel: release(), node: process.version },
    broken,
    figures,
    notes,
    details,
  };
}
