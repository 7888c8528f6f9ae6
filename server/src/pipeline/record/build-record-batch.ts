/** Turns finished attempts into the parameter arrays of one record statement (pure). */
import type { RecordBatch } from "../../db/queries/record-attempts.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";

const SHA256_BYTES = 32;
const NO_SHA256 = new Uint8Array(SHA256_BYTES);

export function buildRecordBatch(
  finished: readonly FinishedAttempt[],
  settings: { readonly now: Date; readonly recoveredEndpointIds: readonly string[] },
): RecordBatch {
  const bytes: Uint8Array[] = [];
  const starts: number[] = [];
  let length = 0;
  for (const { attempt } of finished) {
    starts.push(length);
    const kept = attempt?.answer?.body;
    bytes.push(attempt?.requestSha256 ?? NO_SHA256);
    if (kept !== undefined) bytes.push(kept);
    length += SHA256_BYTES + (kept?.byteLength ?? 0);
  }
  return {
    now: settings.now,
    deliveryIds: finished.map((entry) => entry.delivery.deliveryId),
    leases: finished.map((entry) => entry.delivery.lease),
    nextStates: finished.map((entry) => entry.next.state),
    endReasons: finished.map((entry) => (entry.next.state === "cancelled" ? entry.next.reason : null)),
    dueAts: finished.map((entry) => (entry.next.state === "pending" ? entry.next.dueAt : null)),
    parkedUntils: finished.map((entry) => (entry.next.state === "pending" ? entry.next.parkUntil : null)),
    attempts: finished.map((entry) => entry.attempts),
    deferrals: finished.map((entry) => entry.deferrals),
    outcomes: finished.map((entry) => entry.attempt?.outcome ?? null),
    classes: finished.map((entry) => (entry.attempt === null ? entry.heldClass : entry.attempt.class)),
    startedAts: finished.map((entry) => entry.attempt?.startedAt ?? null),
    requestUrls: finished.map((entry) => entry.attempt?.requestUrl ?? null),
    requestHeaders: finished.map((entry) => entry.attempt?.requestHeaders ?? null),
    requestBytes: finished.map((entry) => entry.attempt?.requestBytes ?? null),
    signedBy: finished.map((entry) => entry.attempt?.signedBy.join(",") ?? null),
    responseStatuses: finished.map((entry) => entry.attempt?.answer?.status ?? null),
    responseHeaders: finished.map((entry) => entry.attempt?.answer?.headers ?? null),
    responseBytes: finished.map((entry) => entry.attempt?.answer?.bodyBytes ?? null),
    bytes: Buffer.concat(bytes, length),
    starts,
    keptLengths: finished.map((entry) => entry.attempt?.answer?.body.byteLength ?? null),
    addresses: finished.map((entry) => entry.attempt?.address ?? null),
    timings: finished.map((entry) => entry.attempt?.timings ?? null),
    tls: finished.map((entry) => entry.attempt?.tls ?? null),
    decisions: finished.map((entry) => entry.attempt?.decision ?? null),
    reasons: finished.map((entry) => entry.attempt?.reason ?? null),
    recoveredEndpointIds: settings.recoveredEndpointIds,
  };
}
