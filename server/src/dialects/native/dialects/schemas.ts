/** The wire shapes of a tenant's dialects. */
import { z } from "@hono/zod-openapi";

import {
  checkDialect,
  DIALECTS,
  HOSTS_MAX,
  JWT_SECRET_CHARACTERS_MAX,
  JWT_SECRET_CHARACTERS_MIN,
} from "../../../core/dialects/dialect.ts";
import { checkedBy, isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

export const dialectSchema = z
  .strictObject({
    name: z.enum(DIALECTS),
    hosts: z.array(z.string()).openapi({
      description: "Requests to these hosts that name no tenant are this tenant's.",
      example: ["community.example.com"],
    }),
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
  })
  .openapi("PutDialectAnswer");

export const dialectListSchema = z.strictObject({ data: z.array(dialectSchema) }).openapi("DialectList");

export const putDialectSchema = z
  .strictObject({
    hosts: z
      .array(z.string())
      .check(checkedBy((hosts) => checkDialect({ hosts })))
      .optional()
      .openapi({ maxItems: HOSTS_MAX, description: "Names without scheme and port. They replace those there are." }),
    jwtSecret: z
      .string()
      .check(checkedBy((jwtSecret) => checkDialect({ jwtSecret })))
      .optional()
      .openapi({
        minLength: JWT_SECRET_CHARACTERS_MIN,
        maxLength: JWT_SECRET_CHARACTERS_MAX,
        description:
          "What tokens are signed with (HS256). The first is generated if left out; later the one there stays.",
      }),
  })
  .openapi("PutDialect");

export const dialectPathSchema = tenantPathSchema.extend({
  dialect: z.string().openapi({ description: "The dialect's name.", example: "selfcommunity" }),
});
