/** The wire shapes of API keys. */
import { z } from "@hono/zod-openapi";

import { API_KEY_FORMS } from "../../../core/access/api-key-token.ts";
import { SCOPES } from "../../../core/access/scopes.ts";
import { API_KEY_NAME_CHARACTERS_MAX, checkApiKey } from "../../../core/api-keys/api-key.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { checkedBy, isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

/** No bound of the name depends on the time. */
const ANY_TIME = new Date(0);

const name = z
  .string()
  .check(checkedBy((value) => checkApiKey({ name: value }, ANY_TIME)))
  .openapi({ minLength: 1, maxLength: API_KEY_NAME_CHARACTERS_MAX, example: "billing service" });
const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);
const expiresAt = z.iso
  .datetime({ offset: true })
  .nullable()
  .openapi({ description: "In the future; null for a key without an end.", example: "2027-01-31T12:00:00.000Z" });
const form = z.enum(API_KEY_FORMS).openapi({
  description: "How the token looks: `ph_…`, or as the contract of thesignup has it. It acts the same in either form.",
});

const members = {
  id: z.string().openapi({ example: "key_1kgj3s2m1c39z0v8d7h4wxtnp6" }),
  name: z.string(),
  hint: z.string().openapi({ description: "The last four characters of the token.", example: "x7Qz" }),
  scopes: z.array(z.enum(SCOPES)),
  createdAt: isoTime,
  expiresAt: isoTime.nullable(),
  lastUsedAt: isoTime.nullable().openapi({ description: "To the minute." }),
};

export const apiKeySchema = z.strictObject(members).openapi("ApiKey");

export const createdApiKeySchema = z
  .strictObject({
    ...members,
    token: z.string().openapi({ description: "Shown here and never again.", example: "ph_…" }),
  })
  .openapi("CreatedApiKey");

export const apiKeyListSchema = listSchema(apiKeySchema, "ApiKeyList");

export const createApiKeySchema = z
  .strictObject({ name, scopes, expiresAt: expiresAt.optional(), form: form.optional() })
  .openapi("CreateApiKey");

export const updateApiKeySchema = z
  .strictObject({ name: name.optional(), scopes: scopes.optional(), expiresAt: expiresAt.optional() })
  .openapi("UpdateApiKey");

export const apiKeyPathSchema = tenantPathSchema.extend({ k: z.string().openapi({ description: "An API key's id." }) });

export const listApiKeysQuerySchema = z.strictObject(pageParameters);

/** The position in the list, as a cursor carries it. */
export const apiKeyPositionSchema = z.strictObject({
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  id: z.guid(),
});
