/**
 * The receiver of a run: answers 200 to everything, notes which events came how often and how long they took. Written
 * on bare sockets, so that it costs little beside what it measures.
 */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { machineMicros } from "../machine-clock.ts";
import { Latencies, type LatencySummary } from "../measure/latencies.ts";
import { readStamp } from "../payload.ts";
import { answerCalls } from "./answer-calls.ts";
import { createHttpScanner } from "./http-scanner.ts";

export interface ReceiverCalls {
  /** Starts listening. */
  listen(input: null): Promise<{ readonly port: number }>;
  /** Counts and times what arrives in this window, from now on; forgets the window before. */
  measure(input: Window): void;
  /** Resolves when every accepted event has arrived, or after `withinMs`. */
  awaitAll(input: Expected): Promise<Arrivals>;
  /** What arrived within the window. */
  report(input: null): { readonly delivered: number; readonly latencyMs: LatencySummary };
}

/** Microseconds of the machine's clock. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export interface Expected {
  readonly firstSequence: number;
  /** One byte for each sequence from the first on: 1 where the publish was answered 2xx. */
  readonly accepted: Uint8Array;
  readonly withinMs: number;
}

export interface Arrivals {
  /** Accepted, but not here. */
  readonly missing: number;
  /** Arrivals beyond the first of an event. */
  readonly repeated: number;
  readonly waitedMs: number;
}

const OK = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
const CHECK_EVERY_MS = 20;

let arrivals = new Uint8Array(1_000_000);
let window: Window = { fromMicros: 0, toMicros: 0 };
let delivered = 0;
let latencies = new Latencies();

answerCalls({
  listen() {
    const server = createServer({ noDelay: true }, (socket) => {
      const scan = createHttpScanner((bytes, _start, bodyStart) => {
        note(bytes, bodyStart);
        socket.write(OK);
      });
      socket.on("data", scan);
      socket.on("error", () => socket.destroy());
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port }));
    });
  },
  measure(next) {
    window = next;
    delivered = 0;
    latencies = new Latencies();
  },
  async awaitAll({ firstSequence, accepted, withinMs }) {
    const started = performance.now();
    let missing = countMissing(firstSequence, accepted);
    while (missing > 0 && performance.now() - started < withinMs) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS));
      missing = countMissing(firstSequence, accepted);
    }
    return { missing, repeated: countRepeated(firstSequence, accepted.length), waitedMs: performance.now() - started };
  },
  report: () => ({ delivered, latencyMs: latencies.summarize() }),
} satisfies ReceiverCalls);

function note(bytes: Buffer, bodyStart: number): void {
  const now = machineMicros();
  const stamp = readStamp(bytes, bodyStart);
  if (stamp === null) return;
  const { sequence, micros } = stamp;
  if (sequence >= arrivals.length) {
    const larger = new Uint8Array(Math.max(arrivals.length * 2, sequence + 1));
    larger.set(arrivals);
    arrivals = larger;
  }
  arrivals[sequence] = Math.min(255, (arrivals[sequence] ?? 0) + 1);
  if (now < window.fromMicros || now >= window.toMicros) return;
  delivered += 1;
  latencies.add(now - micros);
}

function countMissing(first: number, accepted: Uint8Array): number {
  return accepted.reduce((sum, wanted, index) => sum + (wanted === 1 && !arrivals[first + index] ? 1 : 0), 0);
}

function countRepeated(first: number, count: number): number {
  return arrivals.subarray(first, first + count).reduce((sum, times) => sum + Math.max(0, times - 1), 0);
}
