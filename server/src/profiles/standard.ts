/**
 * The standard profile: the Standard Webhooks headers and signature over `{"type","timestamp","data"}`, patient
 * retries over three days, and an endpoint that is warned about after a day and paused after five.
 */
import {
  formatStandardSignatures,
  STANDARD_ED25519_SCHEME,
  STANDARD_SCHEME,
  standardSignedPrefix,
} from "@posthorn/signing/schemes";

import { closeEnvelope } from "./close-envelope.ts";
import type { AttemptFacts, Envelope, Profile, ProfileEvent } from "./profile.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR * 1000;

export const standard: Profile = {
  name: "standard",
  secretFormat: "whsec_base64",

  waitsSeconds: [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  jitter: 0.2,
  timeoutMs: 15_000,
  gone: "disable",
  retryAfter: { statuses: [429, 503], minMs: 1000, maxMs: DAY_MS, maxDeferrals: 20 },
  health: {
    // The first delivery to be exhausted takes three days, too late for a warning: it counts tries. One delivery alone
    // makes seven in its first day, so a quiet endpoint is warned about too.
    warn: { afterMs: DAY_MS, failedTries: 5, failedDeliveries: 0 },
    stop: { becomes: "paused", afterMs: 5 * DAY_MS, failedTries: 0, failedDeliveries: 20 },
  },
  operationalTypes: [],
  announcesExhaustion: false,

  eventId: ({ publicId }) => publicId,
  wrap,
  seal: null,
  signedPrefix: ({ eventId, timestamp }) => standardSignedPrefix({ id: eventId, timestamp }),
  signatureEncoding: "base64",
  signatureHeader: "webhook-signature",
  headers,
};

/** `{"type":"…","timestamp":"<creation, ISO 8601 in UTC with ms>","data":<published bytes>}`. */
function wrap(event: ProfileEvent, envelope: Envelope): Uint8Array {
  if (envelope === "none") return event.data;
  // A type needs no escaping, and all before the data is ASCII: see ProfileEvent.
  return closeEnvelope(`{"type":"${event.type}","timestamp":"${event.createdAt.toISOString()}","data":`, event.data);
}

const SCHEMES = { "hmac-sha256": STANDARD_SCHEME, ed25519: STANDARD_ED25519_SCHEME } as const;

function headers(facts: AttemptFacts): readonly (readonly [name: string, value: string])[] {
  return [
    ["content-type", "application/json"],
    ["user-agent", `Posthorn/${facts.version}`],
    ["webhook-id", facts.eventId],
    ["webhook-timestamp", String(facts.timestamp)],
    ["webhook-signature", formatStandardSignatures(facts.signatures, SCHEMES[facts.signatureScheme])],
    ["posthorn-event-type", facts.type],
    ["posthorn-attempt", String(facts.attempt)],
  ];
}
