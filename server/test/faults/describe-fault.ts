/** Says for people what came of a fault: one line, and one more for each promise that was broken. */
import type { FaultReport } from "./run-fault.ts";

/** Violations that are printed. */
const SHOWN = 10;

export function describeFault(report: FaultReport): string {
  const { violations } = report;
  const facts = [
    `${report.accepted} events accepted`,
    `lost ${report.lost}`,
    `repeated ${report.repeated}`,
    `refused ${report.refused}, unanswered ${report.unanswered}, longest publish ${seconds(report.longestPublishMs)} s`,
    `all ended ${seconds(report.recoveredMs)} s after the fault`,
    ...report.notes,
  ];
  return [
    `${violations.length === 0 ? "ok    " : "BROKEN"} ${report.name} on ${report.kind}: ${facts.join("; ")}`,
    ...violations.slice(0, SHOWN).map((violation) => `         ${violation}`),
    ...(violations.length > SHOWN ? [`         and ${violations.length - SHOWN} more`] : []),
  ].join("\n");
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
