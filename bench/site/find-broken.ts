/**
 * The promises that every phase must keep, looked at again when a run is over: what was accepted arrives, and arrives
 * once; no publish is refused; the server complains of nothing. A repetition can come long after its phase.
 */
import type { PhaseFigures } from "../measure/publish-phase.ts";
import type { Companion } from "../processes/companion.ts";
import type { ReceiverCalls } from "../processes/receiver.ts";

export interface Promised {
  readonly name: string;
  readonly receiver: Companion<ReceiverCalls>;
  readonly wanted: readonly (readonly number[])[];
  readonly figures: PhaseFigures;
}

/** Lines of a log that are worth repeating. */
const COMPLAINTS_SHOWN = 3;

export async function findBroken(promised: readonly Promised[], complaints: readonly string[]): Promise<string[]> {
  const broken = await Promise.all(
    promised.map(async ({ name, receiver, wanted, figures }) => {
      const { missing, repeated } = await receiver.call("awaitAll", { ...figures.ledger, wanted, withinMs: 0 });
      return [
        ...(figures.accepted === 0 ? [`${name}: nothing was accepted`] : []),
        ...(missing > 0 ? [`${name}: ${missing} accepted deliveries did not arrive`] : []),
        ...(repeated > 0 ? [`${name}: ${repeated} deliveries were repeated`] : []),
        ...Object.entries(figures.refused).map(
          ([status, count]) => `${name}: ${count} publishes were answered ${status}`,
        ),
      ];
    }),
  );
  return [...broken.flat(), ...complaints.slice(0, COMPLAINTS_SHOWN).map((line) => `the server complained: ${line}`)];
}
