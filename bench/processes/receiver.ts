/**
 * A receiver of a run: answers by its rule, and notes which events came how often, how long they took, and what came in
 * each second. Written on bare sockets, so that it costs little beside what it measures.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import { machineMicros } from "../machine-clock.ts";
import { Latencies, type LatencySummary } from "../measure/latencies.ts";
import { readStamp } from "../payload.ts";
import { answerCalls } from "./answer-calls.ts";
import { type AnswerRule, createAnswering, type ReceivedRequest } from "./answer-rules.ts";
import { createHttpScanner } from "./http-scanner.ts";
import { type Arrivals, type Expected, Ledger } from "./ledger.ts";

export interface ReceiverCalls {
  /** Starts listening. `places`: how many of one event's endpoints are here. */
  listen(input: { readonly rule: AnswerRule; readonly places: number }): Promise<{ readonly port: number }>;
  /** Counts and times what belongs to this window, from now on; forgets the window before. */
  measure(input: Window): void;
  /** Resolves when every accepted event has arrived, or after `withinMs`. */
  awaitAll(input: Expected & { readonly withinMs: number }): Promise<Arrivals>;
  /** Arrivals of so many sequences from the first on: how many came, and how many came again. */
  countRange(input: { readonly first: number; readonly count: number }): {
    readonly once: number;
    readonly again: number;
  };
  /** What was accepted of the window. */
  report(input: null): { readonly delivered: number; readonly latencyMs: LatencySummary };
  /** What came in each second since `listen`, by the machine's clock. */
  seconds(input: null): readonly SecondOfRequests[];
  /** Closes every connection and the port, until `comeBack`. */
  goDown(input: null): Promise<void>;
  comeBack(input: null): Promise<void>;
  /** The signing secret that a verifying receiver holds from now on. */
  trust(input: string): void;
}

/** Microseconds of the machine's clock. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
  /** Which events belong to it: those that arrive within it, or those that were published (or due) within it. */
  readonly by: "arrival" | "publish";
}

export interface SecondOfRequests {
  /** Seconds of the machine's clock. */
  readonly second: number;
  readonly requests: number;
  readonly accepted: number;
  /** Of the accepted, those that were published a second ago or earlier. */
  readonly late: number;
}

const CHECK_EVERY_MS = 20;
const MICROS = 1_000_000;

let answering = createAnswering({ kind: "accept" });
let ledger = new Ledger(1);
let window: Window = { fromMicros: 0, toMicros: 0, by: "arrival" };
let delivered = 0;
let latencies = new Latencies();
const seconds = new Map<number, { requests: number; accepted: number; late: number }>();
const sockets = new Set<Socket>();
let server: Server | null = null;
let port = 0;

answerCalls({
  async listen({ rule, places }) {
    answering = createAnswering(rule);
    ledger = new Ledger(places);
    port = await open(0);
    return { port };
  },
  measure(next) {
    window = next;
    delivered = 0;
    latencies = new Latencies();
  },
  async awaitAll({ withinMs, ...expected }) {
    const started = performance.now();
    let arrivals = ledger.compare(expected);
    while (arrivals.missing > 0 && performance.now() - started < withinMs) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS));
      arrivals = ledger.compare(expected);
    }
    return arrivals;
  },
  countRange: ({ first, count }) => ledger.countRange(first, count),
  report: () => ({ delivered, latencyMs: latencies.summarize() }),
  seconds: () => [...seconds].map(([second, counts]) => ({ second, ...counts })).sort((a, b) => a.second - b.second),
  async goDown() {
    const closing = server;
    if (closing === null) throw new Error("the receiver is not up");
    const closed = new Promise((resolve) => closing.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  },
  async comeBack() {
    await open(port);
  },
  trust: (secret) => answering.trust(secret),
} satisfies ReceiverCalls);

function open(at: number): Promise<number> {
  const opened = createServer({ noDelay: true }, serve);
  server = opened;
  return new Promise((resolve, reject) => {
    opened.once("error", reject);
    opened.listen(at, "127.0.0.1", () => resolve((opened.address() as AddressInfo).port));
  });
}

function serve(socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
  socket.on(
    "data",
    createHttpScanner((bytes, start, bodyStart, end) => {
      const request = { bytes, start, bodyStart, end, nowMicros: machineMicros() };
      const answer = answering.answer(request);
      if (answer instanceof Promise) void answer.then((given) => finish(socket, request, given));
      else finish(socket, request, answer);
    }),
  );
}

function finish(socket: Socket, request: ReceivedRequest, answer: Awaited<ReturnType<typeof answering.answer>>): void {
  note(request, answer?.accepts ?? false);
  if (answer !== null) socket.write(answer.bytes);
}

function note({ bytes, start, bodyStart, nowMicros }: ReceivedRequest, accepts: boolean): void {
  const second = Math.floor(nowMicros / MICROS);
  let counts = seconds.get(second);
  if (counts === undefined) seconds.set(second, (counts = { requests: 0, accepted: 0, late: 0 }));
  counts.requests += 1;
  if (!accepts) return;
  counts.accepted += 1;
  const stamp = readStamp(bytes, bodyStart);
  if (stamp === null) return;
  if (nowMicros - stamp.micros >= MICROS) counts.late += 1;
  ledger.note(stamp.sequence, readPlace(bytes, start));
  const belongs = window.by === "arrival" ? nowMicros : stamp.micros;
  if (belongs < window.fromMicros || belongs >= window.toMicros) return;
  delivered += 1;
  latencies.add(nowMicros - stamp.micros);
}

/** The number at the end of the path, such as 17 of `POST /17 HTTP/1.1`; 0 where there is none. */
function readPlace(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(" HTTP", start);
  let place = 0;
  for (let at = bytes.indexOf(47, start) + 1; at < end; at += 1) place = place * 10 + (bytes[at] ?? 48) - 48;
  return place;
}
