/** The wire shapes of secret versions, and of what can be done with them. */
import { z } from "@hono/zod-openapi";

import { PASSWORD_BYTES_MAX } from "../../../core/access/password-hash.ts";
import { checkReason, REASON_CHARACTERS_MAX } from "../../../core/secrets/check-reason.ts";
import { OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX } from "../../../core/secrets/overlap.ts";
import { SECRET_STATES } from "../../../core/secrets/secret-lifecycle.ts";
import { endpointPathSchema } from "../endpoints/schemas.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { checkedBy, isoTime } from "../schema-parts.ts";

export const secretVersionSchema = z
  .strictObject({
    number: z.int().openapi({ description: "From 1, rising with each version of the endpoint." }),
    state: z.enum(SECRET_STATES),
    scheme: z.string().openapi({ example: "hmac-sha256" }),
    fingerprint: z
      .string()
      .openapi({ description: "Tells versions apart without showing them.", example: "3f9a1c0b77de" }),
    publicKey: z.string().nullable().openapi({
      description: "With ed25519: what receivers verify with. Also in the tenant's JWKS, under the fingerprint.",
      example: null,
    }),
    createdBy: z.string().openapi({ description: "root, or api_key: or user: and a UUID.", example: "root" }),
    createdAt: isoTime,
    activatedAt: isoTime.nullable(),
    expiresAt: isoTime.nullable().openapi({ description: "The exact end of a retiring version; when one expired." }),
    plannedEndsAt: isoTime.nullable().openapi({
      description:
        "Set: the overlap is held open until a rehearsal has passed, and ends then, or at once if it is over.",
    }),
    lastUsedAt: isoTime.nullable().openapi({ description: "When it signed last, as known a minute ago." }),
  })
  .openapi("SecretVersion");

export const secretVersionListSchema = listSchema(secretVersionSchema, "SecretVersionList");

export const reason = z
  .string()
  .check(checkedBy((value) => checkReason(value, "")))
  .optional()
  .openapi({ maxLength: REASON_CHARACTERS_MAX, description: "Why, for the audit log." });

const secret = z.string().optional().openapi({
  description: "In the profile's format: whsec_ and base64 of 24 to 64 bytes, or whsk_…. Generated if left out.",
});

const overlapSeconds = z
  .int()
  .min(0)
  .max(OVERLAP_SECONDS_MAX)
  .optional()
  .openapi({ default: OVERLAP_SECONDS_DEFAULT, description: "How long the old version goes on signing too." });

const requireRehearsal = z.boolean().optional().openapi({
  default: false,
  description: "Hold the overlap open, up to 30 days, until a rehearsal has passed.",
});

export const rotateSecretSchema = z
  .strictObject({
    overlapSeconds,
    secret,
    onConflict: z.enum(["expire_old", "discard_new"]).optional().openapi({
      description: "Within an earlier overlap: end the old versions now, or drop the newest and keep the old.",
    }),
    requireRehearsal,
    reason,
  })
  .openapi("RotateSecret");

export const stageSecretSchema = z.strictObject({ secret, reason }).openapi("StageSecret");

export const activateSecretSchema = z
  .strictObject({ overlapSeconds, requireRehearsal, reason })
  .openapi("ActivateSecret");

export const moveOverlapEndSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(1)
      .max(OVERLAP_SECONDS_MAX)
      .openapi({ description: "The new end, counted from now. To end it now, use expire." }),
    version: z
      .int32()
      .positive()
      .optional()
      .openapi({ description: "Which retiring version; the newest if left out." }),
    reason,
  })
  .openapi("MoveOverlapEnd");

export const revealSecretSchema = z
  .strictObject({
    version: z.int32().positive().optional().openapi({ description: "The active one if left out." }),
    password: z.string().max(PASSWORD_BYTES_MAX).optional().openapi({
      format: "password",
      description: "Of the user who asks; not needed within five minutes of a login. API keys need their scope alone.",
    }),
    reason,
  })
  .openapi("RevealSecret");

/** Of the acts that take nothing but a reason. */
export const reasonSchema = z.strictObject({ reason }).openapi("SecretReason");

const newSecret = z.string().nullable().openapi({
  description: "The new secret. Later only reveal shows it. Null with ed25519: receivers need publicKey.",
  example: "whsec_…",
});

export const revealedSecretSchema = z
  .strictObject({ ...secretVersionSchema.shape, secret: z.string().openapi({ example: "whsec_…" }) })
  .openapi("RevealedSecret");

export const stagedSecretSchema = z
  .strictObject({ ...secretVersionSchema.shape, secret: newSecret })
  .openapi("StagedSecret");

const overlapEndsAt = isoTime
  .nullable()
  .openapi({ description: "When the version before signs no more; null: already." });

export const rotatedSecretSchema = z
  .strictObject({ ...secretVersionSchema.shape, secret: newSecret, overlapEndsAt })
  .openapi("RotatedSecret");

export const activatedSecretSchema = z
  .strictObject({ ...secretVersionSchema.shape, overlapEndsAt })
  .openapi("ActivatedSecret");

export const expiredSecretsSchema = z
  .strictObject({ expired: z.array(z.int()).openapi({ description: "Numbers of the versions that were ended." }) })
  .openapi("ExpiredSecrets");

export const secretsPathSchema = endpointPathSchema;

export const listSecretsQuerySchema = z.strictObject(pageParameters);

/** A version's number: the position in the list. */
export const secretPositionSchema = z.int32().positive();
