/**
 * thesignup: `{"id","type","created","organizationId","data"}` with headers of its own, five retries over some nine
 * hours, and an endpoint that is paused, losing nothing, at its twentieth failed try in a row.
 */
import { formatTimestampedHeader, theSignup, timestampedSignedPrefix } from "@posthorn/signing/schemes";

import { closeEnvelope } from "./close-envelope.ts";
import type { AttemptFacts, Profile, ProfileEvent } from "./profile.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export const thesignup: Profile = {
  name: "thesignup",
  secretFormat: theSignup.secretFormat,

  waitsSeconds: [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR],
  jitter: 0,
  timeoutMs: 10_000,
  gone: "fail",
  retryAfter: null,
  health: { warn: null, stop: { becomes: "paused", afterMs: 0, failedTries: 20, failedDeliveries: 0 } },
  operationalTypes: [],
  announcesExhaustion: false,

  eventId: ({ publicId }) => publicId,
  wrap,
  seal: null,
  signedPrefix: ({ timestamp }) => timestampedSignedPrefix(timestamp),
  signatureEncoding: "hex",
  signatureHeader: theSignup.headerName.toLowerCase(),
  headers: ({ eventId, type, timestamp, signatures }: AttemptFacts) => [
    ["Content-Type", "application/json"],
    ["Thesignup-Event-Id", eventId],
    ["Thesignup-Event-Type", type],
    [theSignup.headerName, formatTimestampedHeader({ scheme: theSignup, timestamp, signatures })],
  ],
};

/** An organisation is a tenant; its id is the tenant's UUID. `created` is in whole Unix seconds. */
function wrap(event: ProfileEvent): Uint8Array {
  const created = Math.floor(event.createdAt.getTime() / 1000);
  // A type needs no escaping, and all before the data is ASCII: see ProfileEvent.
  const head = `{"id":"${event.eventId}","type":"${event.type}","created":${created},"organizationId":"${event.tenantId}","data":`;
  return closeEnvelope(head, event.data);
}
