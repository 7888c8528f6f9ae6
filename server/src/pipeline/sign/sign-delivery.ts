/**
 * The sign stage: builds the request of one attempt. The body is the profile's envelope around the published bytes,
 * the same at every try, sealed anew where the tenant has that set; the signatures are made now, over exactly these
 * bytes, with every secret version that is live at this moment. A version whose overlap ended signs nothing from its exact end on, whatever was cached.
 */
import { createHmac, hash, sign } from "node:crypto";

import { toNumberId } from "../../core/ids/public-id.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { SealedPayload } from "../../profiles/seal-payload.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import type { SigningSecret, Target } from "../load/target.ts";
import type { SignedRequest } from "./signed-request.ts";
import { spoilRequest } from "./spoil-request.ts";

export function signDelivery(input: {
  readonly delivery: HeldDelivery;
  readonly target: Target;
  readonly nowMs: number;
  /** Of this server, for `user-agent`. */
  readonly version: string;
}): SignedRequest {
  const { delivery, target, nowMs } = input;
  const { profile } = target;
  const { probe } = delivery;
  const id = probe?.eventId ?? delivery.eventId;
  const eventId = profile.eventId({ id, publicId: toNumberId("evt", id) });
  const timestamp = Math.floor((nowMs - (probe?.ageMs ?? 0)) / 1000);
  const wrapped = profile.wrap(
    {
      id,
      eventId,
      tenantId: delivery.tenantId,
      type: delivery.type,
      createdAt: delivery.eventCreatedAt,
      data: delivery.data,
    },
    target.envelope,
  );
  const sealed = sealBody(target, wrapped, delivery.type);
  if (!sealed.ok) return unsigned(nowMs, sealed.obstacle);
  const { body } = sealed;
  const live = (probe?.secrets ?? target.secrets).filter(
    (secret) => secret.endsAtMs === null || nowMs < secret.endsAtMs,
  );
  const prefix = profile.signedPrefix({ eventId, timestamp });
  const headers = profile.headers({
    eventId,
    type: delivery.type,
    attempt: delivery.attempts + delivery.deferrals + 1,
    timestamp,
    signatures: live.map((secret) => signature(profile, secret, prefix, body)),
    // All versions of an endpoint have one scheme: it is chosen when the endpoint is created.
    signatureScheme: live[0]?.scheme ?? "hmac-sha256",
    version: input.version,
  });
  const request = {
    signedAtMs: nowMs,
    headers: target.headers.length === 0 ? headers : [...headers, ...target.headers],
    body,
    bodySha256: hash("sha256", body, "buffer"),
    signedBy: live.map((secret) => secret.number),
    obstacle: null,
  };
  return probe === null ? request : spoilRequest(request, probe, profile.signatureHeader);
}

function sealBody({ profile, seal }: Target, body: Uint8Array, type: string): SealedPayload {
  return profile.seal === null || seal === null ? { ok: true, body } : profile.seal(body, seal, { type });
}

const NOTHING = new Uint8Array(0);

function unsigned(signedAtMs: number, obstacle: string): SignedRequest {
  return {
    signedAtMs,
    headers: [],
    body: NOTHING,
    bodySha256: hash("sha256", NOTHING, "buffer"),
    signedBy: [],
    obstacle,
  };
}

function signature(profile: Profile, secret: SigningSecret, prefix: string, body: Uint8Array): string {
  if (secret.scheme === "ed25519") {
    // Ed25519 passes over its message twice, so it takes it in one piece.
    return sign(null, Buffer.concat([Buffer.from(prefix), body]), secret.key).toString("base64");
  }
  return createHmac("sha256", secret.key).update(prefix).update(body).digest(profile.signatureEncoding);
}
