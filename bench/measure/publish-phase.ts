/**
 * One measured phase: publishes in a closed loop against one target, waits until everything accepted has arrived, and
 * gives the figures of the window. Warming up is not part of the window; draining is not either, but must end.
 */
import { machineMicros } from "../machine-clock.ts";
import type { Companion } from "../processes/companion.ts";
import type { LoadCalls, PublishedLoad } from "../processes/load.ts";
import type { Arrivals, ReceiverCalls } from "../processes/receiver.ts";
import type { LatencySummary } from "./latencies.ts";
import { cpuSeconds } from "./process-usage.ts";

export interface PublishPhase {
  readonly load: Companion<LoadCalls>;
  readonly receiver: Companion<ReceiverCalls>;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  readonly firstSequence: number;
  /** Whose CPU time is counted, by name. */
  readonly processes: Readonly<Record<string, number | null>>;
}

export interface PhaseFigures {
  readonly seconds: number;
  readonly deliveredPerSecond: number;
  readonly publishedPerSecond: number;
  /** From the request's first byte to the answer. */
  readonly publishMs: LatencySummary;
  /** From the request's first byte to the receiver. */
  readonly deliverMs: LatencySummary;
  /** Of the whole phase, warming up and draining included. */
  readonly accepted: number;
  readonly refused: PublishedLoad["refused"];
  readonly arrivals: Arrivals;
  /** CPU seconds for 1,000 deliveries, by process; null where it was not measured. */
  readonly cpuPerThousand: Readonly<Record<string, number | null>>;
  /** The sequence number after the last one used. */
  readonly nextSequence: number;
}

/** Long enough for the compiler to have seen the hot path. */
const WARM_UP_SECONDS = 2;
const DRAIN_MS = 60_000;
const MICROS = 1_000_000;

export async function runPublishPhase(phase: PublishPhase): Promise<PhaseFigures> {
  const { load, receiver, firstSequence } = phase;
  const fromMicros = machineMicros() + WARM_UP_SECONDS * MICROS;
  const window = { fromMicros, toMicros: fromMicros + phase.seconds * MICROS };
  await receiver.call("measure", window);
  const before = readCpu(phase.processes);
  const published = await load.call("publish", {
    url: phase.url,
    headers: phase.headers,
    connections: phase.connections,
    firstSequence,
    window,
  });
  const { delivered, latencyMs } = await receiver.call("report", null);
  const arrivals = await receiver.call("awaitAll", {
    firstSequence,
    accepted: published.accepted,
    withinMs: DRAIN_MS,
  });
  const after = readCpu(phase.processes);
  const accepted = published.accepted.reduce((sum, one) => sum + one, 0);
  return {
    seconds: phase.seconds,
    deliveredPerSecond: delivered / phase.seconds,
    publishedPerSecond: published.published / phase.seconds,
    publishMs: published.latencyMs,
    deliverMs: latencyMs,
    accepted,
    refused: published.refused,
    arrivals,
    cpuPerThousand: perThousand(before, after, accepted),
    nextSequence: firstSequence + published.accepted.length,
  };
}

type Cpu = Readonly<Record<string, number | null>>;

function readCpu(processes: PublishPhase["processes"]): Cpu {
  return Object.fromEntries(
    Object.entries(processes).map(([name, pid]) => [name, pid === null ? null : cpuSeconds(pid)]),
  );
}

function perThousand(before: Cpu, after: Cpu, deliveries: number): Cpu {
  return Object.fromEntries(
    Object.entries(after).map(([name, end]) => {
      const start = before[name] ?? null;
      return [name, end === null || start === null ? null : ((end - start) / deliveries) * 1_000];
    }),
  );
}
