/** API keys between the core and the wire. */
import type { z } from "@hono/zod-openapi";

import type { ApiKey } from "../../../core/api-keys/api-key.ts";
import type { CreatedApiKey } from "../../../core/api-keys/create-api-key.ts";
import { toUuidId } from "../../../core/ids/public-id.ts";
import type { apiKeySchema, createdApiKeySchema } from "./schemas.ts";

export function toApiKeyAnswer(key: ApiKey): z.infer<typeof apiKeySchema> {
  return {
    id: toUuidId("key", key.id),
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes],
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}

export function toCreatedApiKeyAnswer({ apiKey, token }: CreatedApiKey): z.infer<typeof createdApiKeySchema> {
  return { ...toApiKeyAnswer(apiKey), token };
}

/** A time as the core takes it; undefined stays (leave it), null stays (no end). */
export function fromExpiresAt(expiresAt: string | null | undefined): Date | null | undefined {
  return typeof expiresAt === "string" ? new Date(expiresAt) : expiresAt;
}
