/** What the healthy neighbours of a bad receiver notice, and what it costs the server. */
import { readFileSync } from "node:fs";

import type { Load } from "../crash/start-load.ts";
import type { FaultScene } from "./fault.ts";

export interface Seen {
  /** Milliseconds from the first byte of a publish to its arrival at a receiver that answers at once. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly count: number;
}

/** Of the events that were first sent between the two times, in milliseconds since 1970. */
export function seeNeighbours(scene: FaultScene, load: Load, fromMs: number, toMs: number): Seen {
  const sentAt = new Map<string, number>();
  for (const { answered, sentAtMs } of load.publishes) {
    if (sentAtMs === undefined || sentAtMs < fromMs || sentAtMs > toMs) continue;
    for (const id of answered ?? []) sentAt.set(id, sentAtMs);
  }
  const took = scene.receiver.requests
    .filter(({ path }) => path === "/prompt")
    .flatMap(({ headers, receivedAt }) => {
      const sent = sentAt.get(headers["webhook-id"] ?? "");
      return sent === undefined ? [] : [receivedAt.getTime() - sent];
    })
    .sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Infinity;
  return { p50Ms: at(0.5), p99Ms: at(0.99), count: took.length };
}

/** Mebibytes that the process holds in memory, now or at most so far. */
export function readMemory(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  return { nowMb: read("VmRSS"), peakMb: read("VmHWM") };
}
