/**
 * Whether this node should be sent work, with each reason. What is asked for is what a publish needs: the database
 * answers, today's and tomorrow's partitions stand, this node's heartbeat is written (so the database also takes
 * writes), and the server is not stopping. A node that cannot say does not call itself ready.
 */
import type { Clock } from "../db/clock.ts";
import { type Database, DatabaseError } from "../db/database.ts";
import { type NodeStandingRow, readNodeStanding } from "../db/queries/read-node-standing.ts";
import { DAY_MS, dayPartition, PARTITIONED_TABLES } from "../maintenance/day-partitions.ts";
import { SILENCE_MS } from "../pipeline/dispatch/node-membership.ts";
import { shareMeasurement } from "./share-measurement.ts";

export interface ReadinessSettings {
  readonly database: Database;
  readonly clock: Clock;
  /** This node's id now; it changes when its leases were lost. */
  readonly nodeId: () => number;
  readonly isStopping: () => boolean;
}

export interface Readiness {
  readonly status: "ready" | "not_ready";
  readonly checks: {
    readonly accepting: Check;
    readonly database: Check;
    readonly heartbeat: Check;
    readonly partitions: Check;
  };
}

export interface Check {
  readonly ok: boolean;
  /** What is wrong, for the operator. */
  readonly detail?: string;
}

/** A database that takes longer does not carry a publish either. Give a probe a timeout of 3 s. */
const WAIT_MS = 2_000;
/** However many probes there are, the database is asked twice a second. */
const STANDS_FOR_MS = 500;

export function createReadinessCheck(settings: ReadinessSettings): () => Promise<Readiness> {
  const standing = shareMeasurement({
    standsForMs: STANDS_FOR_MS,
    nowMs: () => settings.clock.nowMs(),
    measure: async () => {
      const now = settings.clock.now();
      const partitions = wantedPartitions(now);
      return { now, row: await readNodeStanding(settings.database, { nodeId: settings.nodeId(), partitions }) };
    },
  });
  return async () => {
    const accepting = settings.isStopping() ? failed("The server is stopping.") : PASSED;
    let checks: Omit<Readiness["checks"], "accepting">;
    try {
      const known = await standing.read({ waitMs: WAIT_MS });
      checks = known === null ? unknown(`No answer within ${WAIT_MS / 1000} s.`) : judge(known.row, known.now);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      // The code and not the message, which may name hosts: this port asks for no credentials.
      checks = unknown(`Refused with SQLSTATE ${error.code}.`);
    }
    const all = { accepting, ...checks };
    return { status: Object.values(all).every(({ ok }) => ok) ? "ready" : "not_ready", checks: all };
  };
}

const PASSED: Check = { ok: true };

function failed(detail: string): Check {
  return { ok: false, detail };
}

function unknown(detail: string): Omit<Readiness["checks"], "accepting"> {
  const notKnown = failed("Not known: the database did not answer.");
  return { database: failed(detail), heartbeat: notKnown, partitions: notKnown };
}

/** Tomorrow's too: at midnight it is too late to notice. */
function wantedPartitions(now: Date): string[] {
  const times = [now.getTime(), now.getTime() + DAY_MS];
  return times.flatMap((timeMs) => PARTITIONED_TABLES.map((table) => dayPartition(table, timeMs).name));
}

function judge(row: NodeStandingRow, now: Date): Omit<Readiness["checks"], "accepting"> {
  return {
    database: PASSED,
    heartbeat: judgeHeartbeat(row.heartbeat_at, now),
    partitions: row.missing_partitions.length === 0 ? PASSED : failed(`Missing: ${row.missing_partitions.join(", ")}.`),
  };
}

function judgeHeartbeat(heartbeatAt: Date | null, now: Date): Check {
  if (heartbeatAt === null) return failed("This node lost its leases and has not registered anew.");
  const ageMs = now.getTime() - heartbeatAt.getTime();
  return ageMs < SILENCE_MS ? PASSED : failed(`Last written ${Math.round(ageMs / 1000)} s ago.`);
}
