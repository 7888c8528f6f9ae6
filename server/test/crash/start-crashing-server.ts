/**
 * The test's side of `crashing-server.ts`: starts it as a process of its own, arms it, asks it what its database says,
 * and sees it die.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Armed, Call, CrashingServerOptions, Death, Reply, Standing, Told } from "./crashing-server-calls.ts";
import type { Ledger } from "./read-ledger.ts";

export interface CrashingServer extends AsyncDisposable {
  /** Of its database connections. */
  readonly name: string;
  readonly url: string;
  readonly nodeId: number;
  /** What it found before it started, when it was started after a death. */
  readonly found: Ledger | null;
  /** Milliseconds of this process' clock when it was started, and when it served. */
  readonly startedAt: number;
  readonly servedAt: number;
  readonly exited: Promise<Exit>;
  arm(armed: Armed): void;
  read(tenantId: string): Promise<Ledger>;
  readAfterDeath(before: Death): Promise<Ledger>;
  stand(): Promise<Standing>;
  kill(signal: NodeJS.Signals): void;
  /** Told from now on, and never what came before. */
  onTold(listener: (told: Told) => void): () => void;
  /** What it complained of since it was last asked: lines of its log, and lanes that had to be mended. */
  takeComplaints(): string[];
}

/** It died of what it was armed with before it served. */
export interface StillbornServer {
  readonly name: string;
  readonly nodeId: null;
  readonly found: Ledger | null;
  /** Milliseconds of this process' clock. */
  readonly diedAt: number;
}

export interface Exit {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** Milliseconds of this process' clock. */
  readonly at: number;
}

/** Many are started one after the other: what the first one compiled serves all. */
const COMPILED = fileURLToPath(new URL("../../../node_modules/.cache/posthorn-compiled/", import.meta.url));
const ENTRY = fileURLToPath(new URL("crashing-server.ts", import.meta.url));

/** Resolves when it serves, or when it has died of what it was armed with; rejects when it fails to start. */
export async function startCrashingServer(
  name: string,
  options: CrashingServerOptions,
): Promise<CrashingServer | StillbornServer> {
  const startedAt = performance.now();
  const child = fork(ENTRY, [JSON.stringify(options)], {
    serialization: "advanced",
    execArgv: ["--conditions=posthorn-source"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
  });
  const complaints: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (lines: string) => complaints.push(...lines.trimEnd().split("\n")));
  const exited = once(child, "exit").then(([code, signal]): Exit => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    at: performance.now(),
  }));
  const listeners = new Set<(told: Told) => void>();
  const pending = new Map<number, (result: Reply) => void>();
  const ready = Promise.withResolvers<Extract<Told, { told: "ready" }>>();
  let found: Ledger | null = null;
  child.on("message", (told: Told) => {
    if (told.told === "found") found = told.ledger;
    if (told.told === "ready") ready.resolve(told);
    if (told.told === "mended") complaints.push(`mended ${told.lanes} lanes that no turn was coming for`);
    if (told.told === "reply") pending.get(told.id)?.(told.result);
    for (const listener of listeners) listener(told);
  });

  const first = await Promise.race([ready.promise, exited]);
  if ("at" in first) {
    if (options.armed !== null && first.signal === "SIGKILL") return { name, nodeId: null, found, diedAt: first.at };
    throw new Error(`the server ended with ${first.signal ?? first.code} at its start: ${complaints.join("\n")}`);
  }
  const servedAt = performance.now();
  const send = (call: Call): void => {
    // Who is dead already hears nothing more; its exit says so.
    if (child.connected) child.send(call, () => {});
  };
  let lastId = 0;
  /** Rejects when the server dies before it answers. */
  const ask = <R extends Reply>(call: (id: number) => Call): Promise<R> => {
    lastId += 1;
    const id = lastId;
    const asked = Promise.withResolvers<R>();
    pending.set(id, (result) => asked.resolve(result as R));
    void exited.then(() => asked.reject(new Error("the server died before it answered")));
    send(call(id));
    return asked.promise.finally(() => pending.delete(id));
  };
  return {
    name,
    url: first.url,
    nodeId: first.nodeId,
    found,
    startedAt,
    servedAt,
    exited,
    takeComplaints: () => complaints.splice(0),
    arm: (armed) => send({ call: "arm", armed }),
    read: (tenantId) => ask<Ledger>((id) => ({ call: "read", id, tenantId })),
    readAfterDeath: (before) => ask<Ledger>((id) => ({ call: "readAfterDeath", id, before })),
    stand: () => ask<Standing>((id) => ({ call: "stand", id })),
    kill: (signal) => void child.kill(signal),
    onTold(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
