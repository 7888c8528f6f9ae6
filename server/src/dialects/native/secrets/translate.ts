/** Secret versions to the wire. */
import type { z } from "@hono/zod-openapi";

import type { ActivatedSecret } from "../../../core/secrets/activate-secret.ts";
import type { RevealedSecret } from "../../../core/secrets/reveal-secret.ts";
import type { RotatedSecret } from "../../../core/secrets/rotate-secret.ts";
import type { SecretVersion } from "../../../core/secrets/secret-version.ts";
import type { StagedSecret } from "../../../core/secrets/stage-secret.ts";
import type {
  activatedSecretSchema,
  revealedSecretSchema,
  rotatedSecretSchema,
  secretVersionSchema,
  stagedSecretSchema,
} from "./schemas.ts";

export function toSecretVersionAnswer(version: SecretVersion): z.infer<typeof secretVersionSchema> {
  return {
    number: version.number,
    state: version.state,
    scheme: version.scheme,
    fingerprint: version.fingerprint,
    publicKey: version.publicKey,
    createdBy: version.createdBy,
    createdAt: version.createdAt.toISOString(),
    activatedAt: version.activatedAt?.toISOString() ?? null,
    expiresAt: version.expiresAt?.toISOString() ?? null,
    plannedEndsAt: version.plannedEndsAt?.toISOString() ?? null,
    lastUsedAt: version.lastUsedAt?.toISOString() ?? null,
  };
}

export function toStagedSecretAnswer({ version, secret }: StagedSecret): z.infer<typeof stagedSecretSchema> {
  return { ...toSecretVersionAnswer(version), secret };
}

export function toRevealedSecretAnswer({ version, secret }: RevealedSecret): z.infer<typeof revealedSecretSchema> {
  return { ...toSecretVersionAnswer(version), secret };
}

export function toRotatedSecretAnswer(rotated: RotatedSecret): z.infer<typeof rotatedSecretSchema> {
  const overlapEndsAt = rotated.overlapEndsAt?.toISOString() ?? null;
  return { ...toSecretVersionAnswer(rotated.version), secret: rotated.secret, overlapEndsAt };
}

export function toActivatedSecretAnswer(activated: ActivatedSecret): z.infer<typeof activatedSecretSchema> {
  const overlapEndsAt = activated.overlapEndsAt?.toISOString() ?? null;
  return { ...toSecretVersionAnswer(activated.version), overlapEndsAt };
}
