/** The wire shapes of secret versions. */
import { z } from "@hono/zod-openapi";

import { OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX } from "../../../core/secrets/rotate-secret.ts";
import { endpointPathSchema } from "../endpoints/schemas.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";

export const secretVersionSchema = z
  .strictObject({
    number: z.int().openapi({ description: "From 1, rising with each version of the endpoint." }),
    state: z.enum(["staged", "active", "retiring", "expired"]),
    scheme: z.string().openapi({ example: "hmac-sha256" }),
    fingerprint: z
      .string()
      .openapi({ description: "Tells versions apart without showing them.", example: "3f9a1c0b77de" }),
    createdBy: z.string().openapi({ description: "root, or api_key: and the key's UUID.", example: "root" }),
    createdAt: isoTime,
    activatedAt: isoTime.nullable(),
    expiresAt: isoTime.nullable().openapi({ description: "The exact end of a retiring version; when one expired." }),
    lastUsedAt: isoTime.nullable(),
  })
  .openapi("SecretVersion");

export const secretVersionListSchema = listSchema(secretVersionSchema, "SecretVersionList");

export const rotateSecretSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .optional()
      .openapi({ default: OVERLAP_SECONDS_DEFAULT, description: "How long the old version goes on signing too." }),
    secret: z
      .string()
      .optional()
      .openapi({ description: "In the profile's format: whsec_ and base64 of 24 to 64 bytes. Generated if left out." }),
    onConflict: z.enum(["expire_old", "discard_new"]).optional().openapi({
      description: "Within an earlier overlap: end the old versions now, or drop the newest and keep the old.",
    }),
  })
  .openapi("RotateSecret");

export const rotatedSecretSchema = z
  .strictObject({
    ...secretVersionSchema.shape,
    secret: z
      .string()
      .openapi({ description: "The new secret. It is shown here and nowhere else.", example: "whsec_…" }),
    overlapEndsAt: isoTime.nullable().openapi({ description: "When the version before signs no more; null: already." }),
  })
  .openapi("RotatedSecret");

export const expiredSecretsSchema = z
  .strictObject({ expired: z.array(z.int()).openapi({ description: "Numbers of the versions that were ended." }) })
  .openapi("ExpiredSecrets");

export const secretsPathSchema = endpointPathSchema;

export const listSecretsQuerySchema = z.strictObject(pageParameters);

/** A version's number: the position in the list. */
export const secretPositionSchema = z.int32().positive();
