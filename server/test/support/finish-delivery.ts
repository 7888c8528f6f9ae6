/**
 * Does to a waiting delivery what the engine would: leases it and records one attempt by the real statement. For tests
 * of what is read and asked afterwards, where sending would only add time.
 */
import { createHash } from "node:crypto";

import type { Clock } from "../../src/db/clock.ts";
import type { Queryable } from "../../src/db/database.ts";
import { recordAttempts } from "../../src/db/queries/record-attempts.ts";

export interface FinishedWith {
  readonly deliveryId: number;
  readonly state: "succeeded" | "exhausted" | "pending";
  readonly status?: number;
  readonly class?: string;
  readonly body?: Uint8Array;
  /** Tries spent in the run after this one; 1 when left out. */
  readonly attempts?: number;
  readonly dueAt?: Date;
}

const LEASE = 1;

/** Makes a waiting delivery in flight. */
export async function leaseDelivery(database: Queryable, deliveryId: number): Promise<void> {
  const rows = await database.query(
    {
      name: "test-lease-delivery",
      text: "update queue set lease = $2::bigint where delivery_id = $1::bigint and lease is null returning delivery_id",
    },
    [deliveryId, LEASE],
  );
  if (rows.length === 0) throw new Error(`the delivery ${deliveryId} is not waiting`);
}

/** Resolves to the id of the recorded attempt. */
export async function finishDelivery(
  { database, clock }: { readonly database: Queryable; readonly clock: Clock },
  { deliveryId, state, status, class: errorClass, body, attempts = 1, dueAt }: FinishedWith,
): Promise<number> {
  await leaseDelivery(database, deliveryId);
  const digest = createHash("sha256").update("sent").digest();
  const accepted = state === "succeeded";
  const rows = await recordAttempts(database, {
    now: clock.now(),
    deliveryIds: [deliveryId],
    leases: [LEASE],
    nextStates: [state],
    endReasons: [null],
    dueAts: [state === "pending" ? (dueAt ?? clock.now()) : null],
    parkedUntils: [null],
    attempts: [attempts],
    deferrals: [0],
    outcomes: [accepted ? "accepted" : status === undefined ? "unreachable" : "rejected"],
    classes: [accepted ? null : (errorClass ?? "http_server_error")],
    startedAts: [clock.now()],
    requestUrls: ["https://example.com/webhooks"],
    requestHeaders: ['[["host","example.com"],["authorization","***"],["webhook-id","evt_x"]]'],
    requestBytes: [4],
    signedBy: ["1"],
    responseStatuses: [status ?? null],
    responseHeaders: [status === undefined ? null : '[["content-type","text/plain"]]'],
    responseBytes: [status === undefined ? null : (body?.byteLength ?? 0)],
    bytes: Buffer.concat([digest, body ?? Buffer.alloc(0)]),
    starts: [0],
    keptLengths: [status === undefined ? null : (body?.byteLength ?? 0)],
    addresses: ["192.0.2.1"],
    timings: ['{"waitMs":0,"dnsMs":1,"connectMs":2.5,"tlsMs":null,"firstByteMs":4,"totalMs":5,"reused":false}'],
    tls: [null],
    decisions: [accepted ? "finish" : state === "pending" ? "retry" : "give_up"],
    reasons: [accepted ? "The receiver accepted it." : "The receiver failed."],
    recoveredEndpointIds: [],
  });
  const attemptId = rows[0]?.attempt_id;
  if (attemptId === undefined || attemptId === null) throw new Error(`the delivery ${deliveryId} was not recorded`);
  return attemptId;
}
