/**
 * Two phases in turns, since machines change their mind from minute to minute: each round of the one is compared with
 * the rounds of the other just before and just after it, and what counts is the median of the rounds.
 */
import { medianOf } from "./median.ts";
import type { PhaseFigures } from "./publish-phase.ts";

export interface Turns {
  /** One more than rounds. */
  readonly reference: readonly PhaseFigures[];
  readonly measured: readonly PhaseFigures[];
  /** For each round the measured figure, as a multiple of the reference around it. */
  ratios(of: (phase: PhaseFigures) => number): number[];
}

export async function takeTurns(turns: {
  readonly rounds: number;
  readonly reference: () => Promise<PhaseFigures>;
  readonly measured: (round: number) => Promise<PhaseFigures>;
}): Promise<Turns> {
  const reference = [await turns.reference()];
  const measured: PhaseFigures[] = [];
  for (let round = 0; round < turns.rounds; round += 1) {
    measured.push(await turns.measured(round));
    reference.push(await turns.reference());
  }
  return {
    reference,
    measured,
    ratios: (of) =>
      measured.map((phase, round) => {
        const around = reference.slice(round, round + 2).map(of);
        return of(phase) / (around.reduce((sum, one) => sum + one, 0) / around.length);
      }),
  };
}

export const deliveredPerSecond = (phase: PhaseFigures): number => phase.deliveredPerSecond;
export const deliverP99 = (phase: PhaseFigures): number => phase.deliverMs.p99;

/** The median of a run's ratios and, in words, all of them. */
export function medianRatio(ratios: readonly number[]): { readonly value: number; readonly from: string } {
  return { value: medianOf(ratios), from: `rounds ${ratios.map((one) => one.toFixed(2)).join(" ")}` };
}
