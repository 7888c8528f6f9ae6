/**
 * One measured phase: publishes against one server, waits until everything accepted has arrived, and gives the figures
 * of the window. Warming up is not part of the window; draining is not either, but must end.
 */
import { machineMicros } from "../machine-clock.ts";
import type { Companion } from "../processes/companion.ts";
import type { Arrivals } from "../processes/ledger.ts";
import type { LoadCalls, PublishedLoad } from "../processes/load.ts";
import type { ReceiverCalls } from "../processes/receiver.ts";
import type { PublishTarget } from "../processes/request-writer.ts";
import type { LatencySummary } from "./latencies.ts";
import { cpuSeconds } from "./process-usage.ts";

export interface PublishPhase {
  readonly load: Companion<LoadCalls>;
  readonly receiver: Companion<ReceiverCalls>;
  readonly targets: readonly PublishTarget[];
  readonly types: readonly string[];
  /** For each type the places of its endpoints at the receiver. */
  readonly wanted: readonly (readonly number[])[];
  /** Events in one request; null sends single events. */
  readonly batch: number | null;
  readonly connections: number;
  /** Requests a second, open loop; null: closed loop. */
  readonly perSecond: number | null;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly firstSequence: number;
  /** How long what was accepted may take to arrive. */
  readonly drainMs: number;
  /** Whose CPU time is counted, by name; of none where it is not ours to see. */
  readonly processes: Readonly<Record<string, readonly number[]>>;
}

export interface PhaseFigures {
  readonly seconds: number;
  readonly deliveredPerSecond: number;
  readonly publishedPerSecond: number;
  /** From the request's first byte, open loop from when it was due, to the answer. */
  readonly publishMs: LatencySummary;
  /** From the same moment to the receiver. */
  readonly deliverMs: LatencySummary;
  /** Events answered 2xx in the whole phase, warming up included. */
  readonly accepted: number;
  readonly refused: PublishedLoad["refused"];
  readonly arrivals: Arrivals;
  /** What must have arrived, for whoever looks again later. */
  readonly ledger: { readonly firstSequence: number; readonly accepted: Uint8Array };
  /** CPU seconds for 1,000 deliveries, by process; null where it was not measured. */
  readonly cpuPerThousand: Readonly<Record<string, number | null>>;
  /** The sequence number after the last one used. */
  readonly nextSequence: number;
}

const MICROS = 1_000_000;

export async function runPublishPhase(phase: PublishPhase): Promise<PhaseFigures> {
  const { load, receiver, firstSequence, perSecond, wanted } = phase;
  const fromMicros = machineMicros() + phase.warmUpSeconds * MICROS;
  const window = {
    fromMicros,
    toMicros: fromMicros + phase.seconds * MICROS,
    by: perSecond === null ? ("arrival" as const) : ("publish" as const),
  };
  await receiver.call("measure", window);
  const before = readCpu(phase.processes);
  const { targets, types, batch, connections } = phase;
  const published = await load.call("publish", {
    targets,
    types,
    batch,
    connections,
    perSecond,
    firstSequence,
    window,
  });
  const { accepted } = published;
  const arrivals = await receiver.call("awaitAll", { firstSequence, accepted, wanted, withinMs: phase.drainMs });
  const { delivered, latencyMs } = await receiver.call("report", null);
  const after = readCpu(phase.processes);
  return {
    seconds: phase.seconds,
    deliveredPerSecond: delivered / phase.seconds,
    publishedPerSecond: published.published / phase.seconds,
    publishMs: published.latencyMs,
    deliverMs: latencyMs,
    accepted: accepted.reduce((sum, one) => sum + (one === 0 ? 0 : 1), 0),
    refused: published.refused,
    arrivals,
    ledger: { firstSequence, accepted },
    cpuPerThousand: perThousand(before, after, arrivals.expected),
    nextSequence: firstSequence + accepted.length,
  };
}

type Cpu = Readonly<Record<string, number | null>>;

function readCpu(processes: PublishPhase["processes"]): Cpu {
  return Object.fromEntries(Object.entries(processes).map(([name, pids]) => [name, cpuSeconds(pids)]));
}

function perThousand(before: Cpu, after: Cpu, deliveries: number): Cpu {
  return Object.fromEntries(
    Object.entries(after).map(([name, end]) => {
      const start = before[name] ?? null;
      return [name, end === null || start === null ? null : ((end - start) / deliveries) * 1_000];
    }),
  );
}
