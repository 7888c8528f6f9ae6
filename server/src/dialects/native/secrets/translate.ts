/** Secret versions to the wire. */
import type { z } from "@hono/zod-openapi";

import type { SecretVersion } from "../../../core/secrets/secret-version.ts";
import type { secretVersionSchema } from "./schemas.ts";

export function toSecretVersionAnswer(version: SecretVersion): z.infer<typeof secretVersionSchema> {
  return {
    number: version.number,
    state: version.state,
    scheme: version.scheme,
    fingerprint: version.fingerprint,
    createdBy: version.createdBy,
    createdAt: version.createdAt.toISOString(),
    activatedAt: version.activatedAt?.toISOString() ?? null,
    expiresAt: version.expiresAt?.toISOString() ?? null,
    lastUsedAt: version.lastUsedAt?.toISOString() ?? null,
  };
}
