/**
 * The life of one request: get a socket, write, read the answer, end. One timer runs from the first name
 * server asked to the last byte of the answer, and the phase in which it strikes names the timeout.
 *
 *   waiting ─► opening ─► headers ─► body ─► done        (an idle connection skips opening)
 *                 ▲          │
 *                 └──────────┘ once, when an idle connection turns out to have been closed
 *
 * Invariant: `#settle` runs exactly once, whatever the receiver, the timer and the socket do in whatever order.
 * It is an object and not closures because it is made for every delivery.
 */
import type { SecureContext } from "node:tls";

import type { Dispatcher } from "undici";

import type { ConnectProgress } from "../../egress/connect-progress.ts";
import { startProgress } from "../../egress/connect-progress.ts";
import { connect } from "../../egress/connect.ts";
import type { EgressGuard } from "../../egress/egress-guard.ts";
import type { TlsSession } from "../../egress/secure-socket.ts";
import { AnswerReader } from "./answer-reader.ts";
import { classifyFailure, isConnectionLost } from "./classify-failure.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { StaleConnectionError } from "./connection.ts";
import type { Connection } from "./connection.ts";
import type { DeliverRequest, Exchange, ExchangeFailure } from "./exchange.ts";
import type { Origin, SocketWaiter } from "./origin.ts";
import type { WrittenHeaders } from "./write-headers.ts";

export interface RunSurroundings {
  readonly guard: EgressGuard;
  readonly pool: ConnectionPool;
  readonly tlsContext: SecureContext;
  readonly now: () => Date;
}

/** Receivers send one or two, if any (RFC 9110, section 15.2). */
const INTERIM_ANSWERS_MAX = 20;

export class RequestRun implements Dispatcher.DispatchHandler, SocketWaiter {
  readonly #around: RunSurroundings;
  readonly #request: DeliverRequest;
  readonly #origin: Origin;
  readonly #path: string;
  readonly #headers: WrittenHeaders;
  readonly #onDone: (exchange: Exchange) => void;

  #phase: "waiting" | "opening" | "headers" | "body" | "done" = "waiting";
  #timer: NodeJS.Timeout | undefined;
  #startedAt: Date | null = null;
  #startedAtMs = 0;
  #firstByteMs: number | null = null;
  #opening: AbortController | null = null;
  #facts: ConnectProgress | null = null;
  #connection: Connection | null = null;
  #reused = false;
  #hasRetried = false;
  #reader: AnswerReader | null = null;
  #interimAnswers = 0;

  constructor(
    around: RunSurroundings,
    request: DeliverRequest,
    target: { readonly origin: Origin; readonly path: string; readonly headers: WrittenHeaders },
    onDone: (exchange: Exchange) => void,
  ) {
    this.#around = around;
    this.#request = request;
    this.#origin = target.origin;
    this.#path = target.path;
    this.#headers = target.headers;
    this.#onDone = onDone;
  }

  get isDone(): boolean {
    return this.#phase === "done";
  }

  start(): void {
    this.#request.signal?.addEventListener("abort", this);
    this.#seekConnection(false);
  }

  /** For the request's signal. */
  handleEvent(): void {
    this.stop();
  }

  /** Ends the request because this server stops. */
  stop(): void {
    this.#settle({ class: "internal_error", detail: "This server stopped before the answer came." });
  }

  granted(connection: Connection | null): void {
    if (this.#startedAt === null) this.#begin();
    if (connection === null) void this.#open();
    else this.#send(connection);
  }

  onRequestStart(): void {}

  onResponseStarted(): void {
    this.#firstByteMs ??= performance.now() - this.#startedAtMs;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.isDone) return;
    if (status < 200) return this.#countInterim();
    this.#phase = "body";
    // Without a header conversion of our own choice, undici hands over what the parser saw: pairs of Buffers.
    this.#reader = new AnswerReader(status, (controller.rawHeaders ?? []) as Buffer[]);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isDone || this.#reader === null) return;
    if (!this.#reader.read(chunk)) this.#settle(null);
  }

  onResponseEnd(): void {
    this.#settle(null, true);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.isDone) return;
    if (this.#mayRetry(error)) this.#retry();
    else this.#settle(classifyFailure(error, this.#reader !== null));
  }

  /** They are cheap to send and must all be read: without an end to them one receiver would keep the process busy. */
  #countInterim(): void {
    this.#interimAnswers += 1;
    if (this.#interimAnswers <= INTERIM_ANSWERS_MAX) return;
    const detail = `The receiver sent more than ${INTERIM_ANSWERS_MAX} interim answers (1xx).`;
    this.#settle({ class: "response_invalid", detail });
  }

  #seekConnection(fresh: boolean): void {
    this.#phase = "waiting";
    const grant = this.#around.pool.acquire(this.#origin, this, fresh);
    if (grant !== "wait") return this.granted(grant === "open" ? null : grant);
    // This server's own bounds are no fault of the receiver: its time begins with the socket.
    this.#timer ??= setTimeout(onTimer, this.#request.timeoutMs, this);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onTimer, this.#request.timeoutMs, this);
    this.#startedAt = this.#around.now();
    this.#startedAtMs = performance.now();
  }

  async #open(): Promise<void> {
    const { guard, pool, tlsContext } = this.#around;
    const origin = this.#origin;
    const opening = new AbortController();
    const facts = startProgress(origin.port);
    this.#phase = "opening";
    this.#reused = false;
    this.#opening = opening;
    this.#facts = facts;
    const tls = {
      context: tlsContext,
      verify: origin.verifyTls,
      session: origin.tlsSession,
      onSession: (session: TlsSession) => void (origin.tlsSession = session),
    };
    const { host, port } = origin;
    const { signal } = opening;
    const result = await connect({ host, port, guard, signal, progress: facts, tls: origin.isTls ? tls : null }).catch(
      (error: unknown) => ({ ok: false as const, code: "internal_error" as const, detail: String(error) }),
    );
    this.#opening = null;
    if (!result.ok) {
      // A session that the receiver choked on must not fail the next connection too.
      origin.tlsSession = null;
      pool.openFailed(origin);
      return this.#settle({ class: result.code, detail: result.detail });
    }
    if (this.isDone || result.socket.destroyed) {
      result.socket.destroy();
      pool.openFailed(origin);
      return this.#settle({ class: "connection_reset", detail: "The connection ended as soon as it was made." });
    }
    this.#send(pool.opened(origin, { socket: result.socket, facts }));
  }

  #send(connection: Connection): void {
    this.#phase = "headers";
    this.#connection = connection;
    this.#facts = connection.facts;
    this.#reused = connection.served > 0;
    const { body } = this.#request;
    connection.send({ method: "POST", path: this.#path, headers: this.#headers.toSend, body }, this);
  }

  /**
   * An idle connection may be closed by the receiver at the very moment a request is written to it. When
   * nothing of an answer arrived, the request goes out once more on a new connection, within the same time.
   * Should the receiver have read the first one before it closed, it sees the same event id twice: deliveries
   * are at least once, and waiting for the schedule's next try would repeat it just the same, only later.
   */
  #mayRetry(error: Error): boolean {
    if (this.#hasRetried || !this.#reused || this.#firstByteMs !== null) return false;
    return error instanceof StaleConnectionError || isConnectionLost(error);
  }

  #retry(): void {
    this.#hasRetried = true;
    this.#dropConnection();
    this.#seekConnection(true);
  }

  /** For the timer: out of time, and the phase tells in what. */
  expire(): void {
    if (this.isDone) return;
    this.#settle(describeTimeout(this.#phase, this.#facts, this.#request.timeoutMs));
  }

  #settle(failure: ExchangeFailure | null, isComplete = false): void {
    if (this.isDone) return;
    this.#phase = "done";
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this);
    this.#opening?.abort();
    if (isComplete) this.#returnConnection();
    else this.#dropConnection();
    this.#onDone(this.#toExchange(failure, isComplete));
  }

  #dropConnection(): void {
    this.#connection?.destroy();
    this.#returnConnection();
  }

  /** Later in this turn, since the client closes the socket itself, or frees it, only after its callback returned. */
  #returnConnection(): void {
    if (this.#connection !== null) queueMicrotask(this.#connection.giveBack);
    this.#connection = null;
  }

  #toExchange(failure: ExchangeFailure | null, isComplete: boolean): Exchange {
    const facts = this.#facts;
    const isFresh = facts !== null && !this.#reused;
    return {
      startedAt: this.#startedAt ?? this.#around.now(),
      requestHeaders: this.#headers.toRecord,
      answer: this.#reader?.toAnswer(isComplete) ?? null,
      failure,
      address: facts?.address ?? null,
      timings: {
        dnsMs: isFresh ? facts.dnsMs : null,
        connectMs: isFresh ? facts.connectMs : null,
        tlsMs: isFresh ? facts.tlsMs : null,
        firstByteMs: this.#firstByteMs,
        totalMs: this.#startedAt === null ? null : performance.now() - this.#startedAtMs,
        reused: this.#reused,
      },
      tls: facts?.tls ?? null,
    };
  }
}

/** The answer may lie unread in the kernel when this process was busy: one turn of the loop to read it first. */
function onTimer(run: RequestRun): void {
  setImmediate(expireRun, run);
}

function expireRun(run: RequestRun): void {
  run.expire();
}

function describeTimeout(
  phase: "waiting" | "opening" | "headers" | "body" | "done",
  facts: ConnectProgress | null,
  timeoutMs: number,
): ExchangeFailure {
  switch (phase) {
    case "waiting": {
      const detail = `For ${timeoutMs} ms every connection that this server may open was busy.`;
      return { class: "connect_timeout", detail };
    }
    case "opening":
      if (facts?.phase === "dns") {
        return { class: "dns_timeout", detail: `The name was not resolved within ${timeoutMs} ms.` };
      }
      return {
        class: "connect_timeout",
        detail:
          facts?.phase === "tls"
            ? `The TLS handshake was not done ${timeoutMs} ms after the start.`
            : `No connection was made within ${timeoutMs} ms.`,
      };
    case "body":
      return { class: "body_timeout", detail: `The answer was not complete ${timeoutMs} ms after the start.` };
    case "headers":
    case "done":
      return { class: "headers_timeout", detail: `No answer came within ${timeoutMs} ms.` };
  }
}
