/**
 * The body that an attempt sent, made again from its event: a profile's envelope is a pure function, so it need not be
 * kept. What comes out is shown only if it is, byte for byte, what the attempt recorded the hash of.
 */
import { createHash } from "node:crypto";

import type { EventBodyRow } from "../../db/queries/select-events.ts";
import type { Envelope, Profile } from "../../profiles/profile.ts";
import { toNumberId } from "../ids/public-id.ts";

/** The endpoint's `envelope` may have changed since. */
const ENVELOPES: readonly Envelope[] = ["wrapped", "none"];

/** Null when the event is gone, or its body was made in a way that cannot be repeated. */
export function findSentBody(input: {
  readonly event: EventBodyRow | undefined;
  readonly tenantId: string;
  readonly profile: Profile;
  /** Of what was sent. */
  readonly sha256: Uint8Array;
}): Uint8Array | null {
  const { event, tenantId, profile, sha256 } = input;
  if (event === undefined) return null;
  const eventId = profile.eventId({ id: event.id, publicId: toNumberId("evt", event.id) });
  const facts = { id: event.id, eventId, tenantId, type: event.type, createdAt: event.created_at, data: event.data };
  for (const envelope of ENVELOPES) {
    const body = profile.wrap(facts, envelope);
    if (createHash("sha256").update(body).digest().equals(sha256)) return body;
  }
  return null;
}
