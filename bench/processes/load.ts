/**
 * The publisher of a run: so many keep-alive connections, each with one request under way (closed loop). What it sends
 * is one buffer a connection with a few digits overwritten; what it reads is the status and the length.
 */
import { connect, type Socket } from "node:net";

import { machineMicros } from "../machine-clock.ts";
import { Latencies, type LatencySummary } from "../measure/latencies.ts";
import { createEventTemplate } from "../payload.ts";
import { answerCalls } from "./answer-calls.ts";
import { createHttpScanner } from "./http-scanner.ts";
import type { Window } from "./receiver.ts";

export interface LoadCalls {
  /** Publishes until the window's end; resolves when every request is answered. */
  publish(input: PublishLoad): Promise<PublishedLoad>;
}

export interface PublishLoad {
  /** Where the POST goes. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly firstSequence: number;
  /** Starts at once; what is answered within the window is counted. */
  readonly window: Window;
}

export interface PublishedLoad {
  /** One byte for each sequence from the first on: 1 where the publish was answered 2xx. */
  readonly accepted: Uint8Array;
  /** Answered 2xx within the window. */
  readonly published: number;
  /** How many answers had another status, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly latencyMs: LatencySummary;
}

/** `HTTP/1.1 202`: where the status stands. */
const STATUS_AT = 9;

answerCalls({ publish } satisfies LoadCalls);

async function publish(load: PublishLoad): Promise<PublishedLoad> {
  const { window, firstSequence } = load;
  const target = new URL(load.url);
  const latencies = new Latencies();
  const refused: Record<string, number> = {};
  let accepted = new Uint8Array(1_000_000);
  let sequences = 0;
  let published = 0;

  const nextSequence = (): number => {
    if (sequences === accepted.length) {
      const larger = new Uint8Array(accepted.length * 2);
      larger.set(accepted);
      accepted = larger;
    }
    sequences += 1;
    return firstSequence + sequences - 1;
  };
  const note = (sequence: number, status: string, sentAt: number, now: number): void => {
    if (status[0] !== "2") {
      refused[status] = (refused[status] ?? 0) + 1;
      return;
    }
    accepted[sequence - firstSequence] = 1;
    if (now < window.fromMicros || now >= window.toMicros) return;
    published += 1;
    latencies.add(now - sentAt);
  };

  await Promise.all(Array.from({ length: load.connections }, () => publishOnOne({ target, load, nextSequence, note })));
  return { accepted: accepted.slice(0, sequences), published, refused, latencyMs: latencies.summarize() };
}

interface OneConnection {
  readonly target: URL;
  readonly load: PublishLoad;
  readonly nextSequence: () => number;
  readonly note: (sequence: number, status: string, sentAt: number, now: number) => void;
}

/** Resolves when the window has ended and the last answer is here; rejects when the connection is lost. */
async function publishOnOne({ target, load, nextSequence, note }: OneConnection): Promise<void> {
  const template = createEventTemplate((bodyBytes) => requestHead(target, load.headers, bodyBytes));
  const socket = await open(target);
  await new Promise<void>((resolve, reject) => {
    let sequence = 0;
    let sentAt = 0;
    const send = (): void => {
      sequence = nextSequence();
      sentAt = machineMicros();
      template.stamp(sequence, sentAt);
      // The kernel takes a request of this size at once, so the buffer may be overwritten for the next one.
      socket.write(template.bytes);
    };
    const scan = createHttpScanner((bytes, start) => {
      const now = machineMicros();
      note(sequence, bytes.toString("latin1", start + STATUS_AT, start + STATUS_AT + 3), sentAt, now);
      if (now >= load.window.toMicros) resolve();
      else send();
    });
    socket.on("data", scan);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed a publisher's connection")));
    send();
  });
  socket.destroy();
}

function requestHead(target: URL, headers: PublishLoad["headers"], bodyBytes: number): string {
  const all = { host: target.host, "content-type": "application/json", ...headers, "content-length": bodyBytes };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${target.pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function open(target: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.hostname, port: Number(target.port), noDelay: true }, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
