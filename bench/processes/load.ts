/**
 * The publisher of a run: so many keep-alive connections, each with one request under way.
 *
 * Closed loop: each connection sends its next request when the last is answered. That finds what a server can do.
 * Open loop: requests are due at times drawn beforehand (a Poisson process, as of publishers that know nothing of each
 * other), whatever the server does. One that finds no free connection waits here, and its latency counts from the time
 * it was due: a server that stalls is charged with all that came meanwhile, not with one slow request.
 */
import { connect, type Socket } from "node:net";

import { machineMicros } from "../machine-clock.ts";
import { Latencies, type LatencySummary } from "../measure/latencies.ts";
import { createEventBody } from "../payload.ts";
import { answerCalls } from "./answer-calls.ts";
import { createHttpScanner } from "./http-scanner.ts";
import type { Window } from "./receiver.ts";
import { createRequestWriter, type PublishTarget, type RequestWriter } from "./request-writer.ts";

export interface LoadCalls {
  /** Publishes until the window's end; resolves when every request is answered. */
  publish(input: PublishLoad): Promise<PublishedLoad>;
}

export interface PublishLoad {
  /** Served in turns; all of the same servers. */
  readonly targets: readonly PublishTarget[];
  /** Event types, in turns. At most 254. */
  readonly types: readonly string[];
  /** Events in one request; null sends single events. */
  readonly batch: number | null;
  readonly connections: number;
  /** Requests a second on average (open loop); null: as fast as they are answered (closed loop). */
  readonly perSecond: number | null;
  readonly firstSequence: number;
  /** Starts at once; closed loop counts what is answered within the window, open loop what is due within it. */
  readonly window: Window;
}

export interface PublishedLoad {
  /** One byte for each sequence from the first on: 0 refused, else 1 + the index of the event's type. */
  readonly accepted: Uint8Array;
  /** Events answered 2xx, of those that count. */
  readonly published: number;
  /** How many requests had another answer, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly latencyMs: LatencySummary;
}

/** `HTTP/1.1 202`: where the status stands. */
const STATUS_AT = 9;
const MICROS = 1_000_000;
const SEED = 20_417;

answerCalls({ publish } satisfies LoadCalls);

async function publish(load: PublishLoad): Promise<PublishedLoad> {
  const run = new Run(load);
  const connections = await Promise.all(
    Array.from({ length: load.connections }, (_, index) => openConnection(load, run, index)),
  );
  await (load.perSecond === null ? run.closedLoop(connections) : run.openLoop(connections, load.perSecond));
  for (const { socket } of connections) socket.destroy();
  return run.result();
}

/** What all connections of one load share: the numbering, and what came of it. */
class Run {
  readonly #load: PublishLoad;
  readonly #latencies = new Latencies();
  readonly #refused: Record<string, number> = {};
  #accepted = new Uint8Array(1_000_000);
  #sequences = 0;
  #requests = 0;
  #published = 0;

  constructor(load: PublishLoad) {
    this.#load = load;
  }

  /** Numbers the next request's events. */
  next(): { readonly target: number; readonly type: number; readonly sequence: number } {
    const { targets, types, batch, firstSequence } = this.#load;
    const request = this.#requests;
    this.#requests += 1;
    const sequence = firstSequence + this.#sequences;
    this.#sequences += batch ?? 1;
    while (this.#sequences > this.#accepted.length) {
      const larger = new Uint8Array(this.#accepted.length * 2);
      larger.set(this.#accepted);
      this.#accepted = larger;
    }
    // Every target meets every type, also where one count divides the other.
    const type = (request + Math.floor(request / targets.length)) % types.length;
    return { target: request % targets.length, type, sequence };
  }

  answered(sent: Sent, status: string): void {
    const now = machineMicros();
    if (status[0] !== "2") {
      this.#refused[status] = (this.#refused[status] ?? 0) + 1;
      return;
    }
    const { firstSequence, batch, perSecond, window } = this.#load;
    const first = sent.sequence - firstSequence;
    const events = batch ?? 1;
    this.#accepted.fill(1 + sent.type, first, first + events);
    const counts = perSecond === null ? now : sent.dueMicros;
    if (counts < window.fromMicros || counts >= window.toMicros) return;
    this.#published += events;
    this.#latencies.add(now - sent.dueMicros);
  }

  async closedLoop(connections: readonly Connection[]): Promise<void> {
    const { window } = this.#load;
    await Promise.all(
      connections.map(async (connection) => {
        do await connection.send(machineMicros());
        while (machineMicros() < window.toMicros);
      }),
    );
  }

  async openLoop(connections: readonly Connection[], perSecond: number): Promise<void> {
    const { toMicros } = this.#load.window;
    const random = seededRandom();
    const idle = [...connections];
    const due: number[] = [];
    let underWay = 0;
    const failures: Error[] = [];
    let next = machineMicros();
    const start = (): void => {
      while (due.length > 0 && idle.length > 0) {
        // In turns: a server closes a connection that it hears nothing of.
        const connection = idle.shift();
        const dueMicros = due.shift();
        if (connection === undefined || dueMicros === undefined) return;
        underWay += 1;
        connection.send(dueMicros).then(
          () => {
            underWay -= 1;
            idle.push(connection);
            start();
          },
          (error: Error) => void failures.push(error),
        );
      }
    };
    while (failures.length === 0 && (next < toMicros || underWay > 0 || due.length > 0)) {
      for (const now = machineMicros(); next <= now && next < toMicros;) {
        due.push(next);
        next += (-Math.log(1 - random()) / perSecond) * MICROS;
      }
      start();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const [failure] = failures;
    if (failure !== undefined) throw failure;
  }

  result(): PublishedLoad {
    return {
      accepted: this.#accepted.slice(0, this.#sequences),
      published: this.#published,
      refused: this.#refused,
      latencyMs: this.#latencies.summarize(),
    };
  }
}

interface Sent {
  readonly sequence: number;
  readonly type: number;
  readonly dueMicros: number;
}

interface Connection {
  readonly socket: Socket;
  /** Resolves with the answer; rejects when the connection is lost. */
  send(dueMicros: number): Promise<void>;
}

async function openConnection(load: PublishLoad, run: Run, index: number): Promise<Connection> {
  const [first] = load.targets;
  if (first === undefined) throw new Error("there is nowhere to publish to");
  const writer: RequestWriter = createRequestWriter({
    targets: load.targets,
    bodies: load.types.map(createEventBody),
    batch: load.batch,
  });
  const { servers = [first.url] } = first;
  const socket = await open(new URL(servers[index % servers.length] ?? first.url));
  let current: { readonly sent: Sent; readonly resolve: () => void; readonly reject: (error: Error) => void } | null =
    null;
  const scan = createHttpScanner((bytes, start) => {
    const answered = current;
    if (answered === null) return;
    current = null;
    run.answered(answered.sent, bytes.toString("latin1", start + STATUS_AT, start + STATUS_AT + 3));
    answered.resolve();
  });
  socket.on("data", scan);
  socket.on("error", (error) => current?.reject(error));
  socket.once("close", () => current?.reject(new Error("the server closed a publisher's connection")));
  return {
    socket,
    send: (dueMicros) =>
      new Promise((resolve, reject) => {
        const { target, type, sequence } = run.next();
        current = { sent: { sequence, type, dueMicros }, resolve, reject };
        // The buffer is free again when the answer is here: by then the whole request has been read.
        socket.write(writer.write({ target, type, sequence, micros: dueMicros }));
      }),
  };
}

/** From 0 to below 1; the same in every run, so that two loads differ in nothing else (Park and Miller, 1988). */
function seededRandom(): () => number {
  let state = SEED;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
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
