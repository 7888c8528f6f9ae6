/** The wire shapes of a tenant's dialects. */
import { z } from "@hono/zod-openapi";

import {
  AUTH_TOKENS_MAX,
  checkDialect,
  DIALECTS,
  type DialectSettings,
  HOSTS_MAX,
  JWT_SECRET_CHARACTERS_MAX,
  JWT_SECRET_CHARACTERS_MIN,
} from "../../../core/dialects/dialect.ts";
import { isoTime, stepsWithin } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

export const dialectSchema = z
  .strictObject({
    name: z.enum(DIALECTS),
    hosts: z.array(z.string()).openapi({
      description: "Requests to these hosts that name no tenant are this tenant's.",
      example: ["community.example.com"],
    }),
    apiKey: z.string().nullable().openapi({ description: "velt: what requests name this tenant by." }),
    workspaceId: z.string().nullable().openapi({ description: "velt: what requests for auth tokens name it by." }),
    available: z.boolean().openapi({ description: "velt: whether the tenant may use advanced webhooks." }),
    createdAt: isoTime.openapi({ description: "When it was switched on." }),
    updatedAt: isoTime,
  })
  .openapi("Dialect");

export const putDialectAnswerSchema = z
  .strictObject({
    ...dialectSchema.shape,
    jwtSecret: z.string().nullable().openapi({
      description: "What tokens are signed with (HS256), where it was generated now. It is shown nowhere else.",
    }),
    authToken: z.string().nullable().openapi({ description: "velt: shown with the API key; where generated now." }),
    workspaceAuthToken: z
      .string()
      .nullable()
      .openapi({ description: "velt: shown with the workspace id; where generated now. It is shown nowhere else." }),
  })
  .openapi("PutDialectAnswer");

export const dialectListSchema = z.strictObject({ data: z.array(dialectSchema) }).openapi("DialectList");

const authTokenSchema = z.strictObject({
  token: z.string().openapi({ minLength: 16, maxLength: 2048 }),
  name: z.string().optional().openapi({ maxLength: 256, example: "Default Auth Token" }),
});

export const putDialectSchema = z
  .strictObject({
    hosts: bounded("hosts", z.array(z.string())).openapi({
      maxItems: HOSTS_MAX,
      description: "selfcommunity: names without scheme and port. They replace those there are.",
    }),
    jwtSecret: bounded("jwtSecret", z.string()).openapi({
      minLength: JWT_SECRET_CHARACTERS_MIN,
      maxLength: JWT_SECRET_CHARACTERS_MAX,
      description:
        "selfcommunity: what tokens are signed with (HS256). The first is generated if left out; later the one there stays.",
    }),
    apiKey: bounded("apiKey", z.string()).openapi({
      description: "velt: what requests name this tenant by. The first is generated if left out.",
    }),
    authTokens: bounded("authTokens", z.array(authTokenSchema)).openapi({
      minItems: 1,
      maxItems: AUTH_TOKENS_MAX,
      description: "velt: what callers show with the API key. They replace those there are; the first is generated.",
    }),
    workspaceId: bounded("workspaceId", z.string()).openapi({
      description: "velt: what requests for auth tokens name this tenant by. The first is generated if left out.",
    }),
    workspaceAuthToken: bounded("workspaceAuthToken", z.string()).openapi({
      description: "velt: what callers show with the workspace id. The first is generated if left out.",
    }),
    available: z.boolean().optional().openapi({
      description: "velt: whether the tenant may use advanced webhooks. While it may not, nothing is delivered.",
    }),
  })
  .openapi("PutDialect");

/** The core's check of one setting as a check of its schema; the paths inside it are kept. */
function bounded<Name extends keyof DialectSettings, Schema extends z.ZodType<NonNullable<DialectSettings[Name]>>>(
  name: Name,
  schema: Schema,
) {
  return schema
    .check((payload) => {
      for (const { path, code, message } of checkDialect({ [name]: payload.value })) {
        payload.issues.push({
          code: "custom",
          message,
          params: { code },
          path: stepsWithin(path),
          input: payload.value,
        });
      }
    })
    .optional();
}

export const dialectPathSchema = tenantPathSchema.extend({
  dialect: z.string().openapi({ description: "The dialect's name.", example: "selfcommunity" }),
});
