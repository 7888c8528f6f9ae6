/**
 * Velt: the published payload alone, encoded or encrypted if so set, under Standard Webhooks headers, eight tries over some 28 hours, and an endpoint
 * that is disabled at the first failed try after five days without a success.
 */
import { formatStandardSignatures, standardSignedPrefix } from "@posthorn/signing/schemes";

import { toBase62 } from "./base62.ts";
import type { AttemptFacts, Profile } from "./profile.ts";
import { sealPayload } from "./seal-payload.ts";

/** It tells of a workspace's own endpoints, and its readers are not the ones that hold the private key. */
const NEVER_SEALED = "message.attempt.exhausted";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR * 1000;

export const velt: Profile = {
  name: "velt",
  secretFormat: "whsec_base64",

  waitsSeconds: [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
  jitter: 0,
  timeoutMs: 15_000,
  gone: "fail",
  retryAfter: null,
  health: {
    warn: null,
    stop: { becomes: "disabled", afterMs: 5 * DAY_MS, failedTries: 0, failedDeliveries: 0 },
  },
  operationalTypes: [NEVER_SEALED],
  announcesExhaustion: true,

  eventId: ({ id }) => toMessageId(id),
  wrap: ({ data }) => data,
  seal: (body, by, { type }) => (type === NEVER_SEALED ? { ok: true, body } : sealPayload(body, by)),
  signedPrefix: ({ eventId, timestamp }) => standardSignedPrefix({ id: eventId, timestamp }),
  signatureEncoding: "base64",
  signatureHeader: "webhook-signature",
  headers: ({ eventId, timestamp, signatures }: AttemptFacts) => [
    ["content-type", "application/json"],
    ["webhook-id", eventId],
    ["webhook-timestamp", String(timestamp)],
    ["webhook-signature", formatStandardSignatures(signatures)],
  ],
};

const MESSAGE_ID_DIGITS = 27;

/** `msg_` and 27 base-62 digits, the length that the contract's ids have; those of one event are always the same. */
function toMessageId(id: number): string {
  return `msg_${toBase62(BigInt(id), MESSAGE_ID_DIGITS)}`;
}
