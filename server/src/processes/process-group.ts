/**
 * The parent of the processes that serve together: it starts them, starts those that die again, asks them for what the
 * monitoring port says, and stops them by draining. They share the listening port: the parent accepts connections and
 * hands them round (node:cluster). It serves no request itself, so that nothing but its own fault can end it.
 *
 *   starting ──serving──► serving ──dies──► waiting ──delay──► starting
 */
import cluster, { type Worker } from "node:cluster";

import { PROCESS_NUMBER } from "../config.ts";
import type { Log } from "../log.ts";
import type { Asked, Told } from "./messages.ts";
import { restartDelayMs, STEADY_MS } from "./restart-delay.ts";

export interface ProcessGroupSettings {
  readonly count: number;
  readonly log: Log;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
  /** Told of each process that ended, under the key that its answers carried. */
  readonly onEnded: (key: number) => void;
}

export interface ServingProcess {
  /** From 1; stays with the place when its process is started again. */
  readonly number: number;
  /** Of this very process, never used again. */
  readonly key: number;
}

interface Place {
  readonly number: number;
  worker: Worker | null;
  servingSince: number | null;
  quickDeaths: number;
  restart: NodeJS.Timeout | null;
}

/** A process that does not answer in time is silent: a probe waits for 3 s. */
const ANSWER_MS = 2_500;
/** Longer than a drain takes. What is left then hangs. */
const STOP_MS = 40_000;

export class ProcessGroup {
  readonly #settings: ProcessGroupSettings;
  readonly #places: readonly Place[];
  readonly #pending = new Map<number, (told: Told) => void>();
  readonly #started = Promise.withResolvers<string | null>();
  readonly #ended = Promise.withResolvers<void>();
  #isStopping = false;
  #hasServed = false;
  #lastId = 0;
  #restarts = 0;
  #unclean = 0;

  constructor(settings: ProcessGroupSettings) {
    this.#settings = settings;
    this.#places = Array.from({ length: settings.count }, (_, index) => ({
      number: index + 1,
      worker: null,
      servingSince: null,
      quickDeaths: 0,
      restart: null,
    }));
    for (const place of this.#places) this.#start(place);
  }

  /** Resolves to the API's address (null without one) when all serve; rejects when one ends before. */
  get started(): Promise<string | null> {
    return this.#started.promise;
  }

  /** Processes that were started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Every place, with the process that serves there; null while none does. */
  places(): readonly { readonly number: number; readonly serving: ServingProcess | null }[] {
    return this.#places.map(({ number, worker, servingSince }) => ({
      number,
      serving: worker === null || servingSince === null ? null : { number, key: worker.id },
    }));
  }

  /** Resolves to null when the process is gone or does not answer in time. */
  async ask(key: number, ask: "metrics" | "readiness"): Promise<Told | null> {
    const worker = this.#places.find((place) => place.worker?.id === key)?.worker;
    if (worker === null || worker === undefined) return null;
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = Promise.withResolvers<Told | null>();
    this.#pending.set(id, answered.resolve);
    const timer = setTimeout(() => answered.resolve(null), ANSWER_MS);
    send(worker, { ask, id });
    const told = await answered.promise;
    clearTimeout(timer);
    this.#pending.delete(id);
    return told;
  }

  /** Stops all by draining. Resolves to whether each ended in order. */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    for (const place of this.#places) {
      if (place.restart !== null) clearTimeout(place.restart);
      if (place.worker !== null) send(place.worker, { ask: "stop" });
    }
    this.#checkEnded();
    const late = setTimeout(() => this.kill(), STOP_MS);
    await this.#ended.promise;
    clearTimeout(late);
    return this.#unclean === 0;
  }

  /** Ends all at once; what they had in flight is repeated by others. */
  kill(): void {
    for (const { worker } of this.#places) worker?.process.kill("SIGKILL");
  }

  #start(place: Place): void {
    const worker = cluster.fork({ [PROCESS_NUMBER]: String(place.number) });
    place.worker = worker;
    place.servingSince = null;
    place.restart = null;
    worker.on("message", (told: Told) => {
      if (told.told === "serving") this.#serves(place, told.url);
      else this.#pending.get(told.id)?.(told);
    });
    worker.once("exit", (code, signal) => this.#died(place, worker, signal ?? code));
  }

  #serves(place: Place, url: string | null): void {
    place.servingSince = this.#settings.nowMs();
    this.#settings.log.info({ process: place.number, pid: place.worker?.process.pid }, "a process serves");
    if (!this.#places.every(({ servingSince }) => servingSince !== null)) return;
    this.#hasServed = true;
    this.#started.resolve(url);
  }

  #died(place: Place, worker: Worker, how: number | string): void {
    const servedMs = place.servingSince === null ? 0 : this.#settings.nowMs() - place.servingSince;
    place.worker = null;
    place.servingSince = null;
    this.#settings.onEnded(worker.id);
    if (this.#isStopping) {
      if (how !== 0) this.#unclean += 1;
      this.#checkEnded();
      return;
    }
    if (!this.#hasServed) {
      this.#started.reject(new Error(`Process ${place.number} ended with ${how} before it served.`));
      return;
    }
    place.quickDeaths = servedMs >= STEADY_MS ? 1 : place.quickDeaths + 1;
    const delayMs = restartDelayMs(place.quickDeaths);
    this.#restarts += 1;
    this.#settings.log.error({ process: place.number, endedWith: how, delayMs }, "a process ended: starting it again");
    place.restart = setTimeout(() => this.#start(place), delayMs);
  }

  #checkEnded(): void {
    if (this.#isStopping && this.#places.every(({ worker }) => worker === null)) this.#ended.resolve();
  }
}

/** Who is dead already hears nothing more; its exit says so. */
function send(worker: Worker, asked: Asked): void {
  if (worker.isConnected()) worker.send(asked, () => {});
}
