/** The figures that any phase can show, without floors of their own. */
import type { Figure } from "./figure.ts";
import type { LatencySummary } from "./latencies.ts";
import type { PhaseFigures } from "./publish-phase.ts";

export function describeLatency({ p50, p95, p99 }: LatencySummary): string {
  return `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)}`;
}

export function describeCpu({ cpuPerThousand }: PhaseFigures): string {
  return Object.entries(cpuPerThousand)
    .filter(([, seconds]) => seconds !== null)
    .map(([name, seconds]) => `${name} ${seconds?.toFixed(3)}`)
    .join(", ");
}

/** Of all these phases together: what was accepted, and what became of it. */
export function countArrivals(phases: readonly PhaseFigures[]): Figure[] {
  const sum = (of: (phase: PhaseFigures) => number): number => phases.reduce((total, phase) => total + of(phase), 0);
  return [
    {
      name: "accepted events",
      value: sum(({ accepted }) => accepted),
      from: `deliveries ${sum(({ arrivals }) => arrivals.expected)}, missing ${sum(({ arrivals }) => arrivals.missing)}, repeated ${sum(({ arrivals }) => arrivals.repeated)}`,
    },
  ];
}

/** For the output file: a phase without its ledger, which is as long as the phase had events. */
export function toDetails({ ledger: _ledger, ...rest }: PhaseFigures): object {
  return rest;
}
