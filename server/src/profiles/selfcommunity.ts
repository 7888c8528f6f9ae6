/**
 * SelfCommunity: `{"event_id","type","created","data"}` with one signature header of two names, five short retries
 * within an hour and five minutes, and an endpoint that nothing but its owner stops. Receivers get `content-type` and
 * the signature, and no other header.
 */
import { formatTimestampedHeader, selfCommunity, timestampedSignedPrefix } from "@posthorn/signing/schemes";

import { closeEnvelope } from "./close-envelope.ts";
import type { AttemptFacts, Profile, ProfileEvent } from "./profile.ts";

export const selfcommunity: Profile = {
  name: "selfcommunity",
  secretFormat: selfCommunity.secretFormat,

  waitsSeconds: [5, 25, 125, 625, 3125],
  jitter: 0,
  timeoutMs: 10_000,
  gone: "fail",
  retryAfter: null,
  health: { warn: null, stop: null },
  operationalTypes: [],
  announcesExhaustion: false,

  eventId: ({ id }) => String(id),
  wrap,
  seal: null,
  signedPrefix: ({ timestamp }) => timestampedSignedPrefix(timestamp),
  signatureEncoding: "hex",
  signatureHeader: selfCommunity.headerName.toLowerCase(),
  headers: ({ timestamp, signatures }: AttemptFacts) => [
    ["Content-Type", "application/json"],
    [selfCommunity.headerName, formatTimestampedHeader({ scheme: selfCommunity, timestamp, signatures })],
  ],
};

function wrap(event: ProfileEvent): Uint8Array {
  // A type needs no escaping, and all before the data is ASCII: see ProfileEvent.
  const head = `{"event_id":${event.eventId},"type":"${event.type}","created":${toUnixTime(event.createdAt)},"data":`;
  return closeEnvelope(head, event.data);
}

/** Seconds since 1970, always with a fraction: typed readers take a number without one for an integer. */
function toUnixTime(at: Date): string {
  const text = String(at.getTime() / 1000);
  return text.includes(".") ? text : `${text}.0`;
}
