/**
 * `npm run bench -- <scenario> --db postgres|embedded`, with the options of USAGE: runs one scenario, prints its figures
 * with what they must reach, and writes everything to the file. Exit code 1 when the run missed a floor or broke a
 * promise, 2 for a wrong call.
 */
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";

import { type JudgedFigure, judge, toTable } from "./measure/figure.ts";
import { type Call, readCall } from "./read-call.ts";
import { scenarios } from "./scenarios/all.ts";
import type { ScenarioResult } from "./scenarios/scenario.ts";
import { openSite } from "./site/open-site.ts";
import { exitOnSignals } from "./undo-at-exit.ts";

const USAGE = `npm run bench -- <scenario> --db postgres|embedded [--seconds N] [--rows N] [--short] [--out file.json]
                                 [--processes N] [--nodes N] [--cap N]

${scenarios.map(({ name, about, seconds }) => `  ${name.padEnd(15)} ${about} (--seconds ${seconds})`).join("\n")}

--short makes everything small, to see that it works. PostgreSQL: a private cluster with default settings, or the server
of DATABASE_URL. There \`--processes\` serves with so many processes that share a port, and \`--nodes\` with so many servers
that publishers are spread over. \`--cap\` is how many requests the endpoint of the steady load takes at once (64).
`;

const call = readCall(process.argv.slice(2));
if ("problem" in call) {
  process.stderr.write(`${call.problem}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  const { scenario, database, serving, options, out } = call;
  exitOnSignals();
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  await using site = await openSite({ database, serving, short: options.short, note });
  const result = await scenario.run(site, options);
  const figures = result.figures.map(judge);
  const broken = [...(await site.broken()), ...(result.broken ?? [])];
  const form = serving === null ? "" : `, ${serving.nodes} × ${serving.processes} processes`;
  process.stdout.write(`${scenario.name} on ${database}${form}\n`);
  for (const line of [...toTable(figures), ...(result.notes ?? [])]) process.stdout.write(`  ${line}\n`);
  for (const line of broken) process.stdout.write(`  BROKEN: ${line}\n`);
  if (out !== null) writeFileSync(out, `${JSON.stringify(toFile(call, result, figures, broken), null, 2)}\n`);
  if (broken.length > 0 || figures.some(({ floorVerdict }) => floorVerdict === "MISSED")) process.exitCode = 1;
}

function toFile(
  { scenario, database, serving, options }: Call,
  { notes = [], details }: ScenarioResult,
  figures: readonly JudgedFigure[],
  broken: readonly string[],
): object {
  return {
    scenario: scenario.name,
    database,
    serving,
    ...options,
    machine: { cores: cpus().length, model: cpus()[0]?.model, kernel: release(), node: process.version },
    broken,
    figures,
    notes,
    details,
  };
}
