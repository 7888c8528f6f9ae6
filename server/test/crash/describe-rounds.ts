/** Says for people what came of rounds: a line for one, a table by boundary for all. */
import type { RoundReport } from "./run-round.ts";

/** `at` says where the server died and which time it passed there. */
export function describeRound(no: number, at: string, report: RoundReport): string {
  const { point, published, unanswered, lost, repeated, inFlight, violations } = report;
  const facts = [
    `${published} published, ${unanswered} without an answer`,
    `lost ${lost}`,
    `repeated ${repeated} of ${inFlight} in flight`,
    `started in ${seconds(report.startMs)} s`,
    `then in flight 0 after ${seconds(report.inFlightEndedMs)} s, all ended after ${seconds(report.recoveredMs)} s`,
  ];
  return [
    `${String(no).padStart(3)}  ${point} (${at}): ${facts.join("; ")}`,
    ...violations.slice(0, SHOWN).map((violation) => `     VIOLATION ${violation}`),
    ...(violations.length > SHOWN ? [`     and ${violations.length - SHOWN} more violations`] : []),
  ].join("\n");
}

/** Violations of one round that are printed. */
const SHOWN = 10;

const COLUMNS = [
  "boundary",
  "kills",
  "lost",
  "repeated",
  "in flight",
  "start (s)",
  "in flight 0 (s)",
  "recovered (s)",
  "violations",
];

export function describeRounds(reports: readonly RoundReport[]): string {
  const rows = [...Map.groupBy(reports, ({ point }) => point)].map(([point, of]) => toRow(point, of));
  const table = [COLUMNS, ...rows, toRow("all", reports)];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => row.map((cell, column) => pad(cell, column, widths[column] ?? 0)).join("  ")).join("\n");
}

function toRow(name: string, reports: readonly RoundReport[]): string[] {
  const sum = (count: (report: RoundReport) => number): string =>
    String(reports.reduce((total, report) => total + count(report), 0));
  const longest = (ms: (report: RoundReport) => number): string => seconds(Math.max(...reports.map(ms)));
  return [
    name,
    sum(({ kills }) => kills),
    sum(({ lost }) => lost),
    sum(({ repeated }) => repeated),
    sum(({ inFlight }) => inFlight),
    longest(({ startMs }) => startMs),
    longest(({ inFlightEndedMs }) => inFlightEndedMs),
    longest(({ recoveredMs }) => recoveredMs),
    sum(({ violations }) => violations.length),
  ];
}

function pad(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
