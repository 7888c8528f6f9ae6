/**
 * `npm run bench -- <scenario> --db postgres|embedded [--seconds N] [--out file.json]`: runs one scenario, prints its
 * figures and writes them all to the file. Exit code 1 when the run missed what it must reach, 2 for a wrong call.
 */
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";

import { scenarios } from "./scenarios/all.ts";
import type { Scenario, ScenarioOptions } from "./scenarios/scenario.ts";
import { exitOnSignals } from "./undo-at-exit.ts";

const DEFAULT_SECONDS = 10;

const USAGE = `npm run bench -- <scenario> --db postgres|embedded [--seconds ${DEFAULT_SECONDS}] [--out file.json]

${scenarios.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}

PostgreSQL: a private cluster with default settings, or the server of DATABASE_URL.
`;

interface Call {
  readonly scenario: Scenario;
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
  const result = await scenario.run(options);
  process.stdout.write(
    `${scenario.name} on ${options.database}\n${result.summary.map((line) => `  ${line}\n`).join("")}`,
  );
  for (const line of result.missed) process.stdout.write(`  MISSED: ${line}\n`);
  if (out !== null) writeFileSync(out, `${JSON.stringify(toFile(call, result), null, 2)}\n`);
  if (result.missed.length > 0) process.exitCode = 1;
}

function readCall(): Call | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { db: { type: "string" }, seconds: { type: "string" }, out: { type: "string" } },
  });
  const scenario = scenarios.find(({ name }) => name === positionals[0]);
  const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
  const { db } = values;
  if (scenario === undefined || (db !== "postgres" && db !== "embedded") || !(seconds >= 1)) return null;
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  return { scenario, options: { database: db, seconds, note }, out: values.out ?? null };
}

function toFile({ scenario, options }: Call, result: Awaited<ReturnType<Scenario["run"]>>): object {
  return {
    scenario: scenario.name,
    database: options.database,
    seconds: options.seconds,
    machine: { cores: cpus().length, model: cpus()[0]?.model, kernel: release(), node: process.version },
    missed: result.missed,
    figures: result.figures,
  };
}
