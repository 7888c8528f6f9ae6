/** The wire shapes of the audit log, and the filters of its list. */
import { z } from "@hono/zod-openapi";

import { AUDIT_ACTIONS } from "../../../core/audit/audit-row.ts";
import { timeText } from "../deliveries/time-text.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { isoTime } from "../schema-parts.ts";
import { fromNameText } from "./name-text.ts";

const state = z.record(z.string(), z.unknown()).nullable();

export const auditRowSchema = z
  .strictObject({
    number: z.int().openapi({ description: "From 1, without gaps." }),
    at: isoTime,
    actor: z
      .string()
      .openapi({ description: "root, api_key:, user: or anonymous.", example: "user:usr_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    action: z.string().openapi({ example: "secret.rotate" }),
    subject: z.string().openapi({ example: "endpoint:ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    reason: z.string().nullable(),
    before: state.openapi({ description: "What the thing was; never with a secret." }),
    after: state,
    mac: z.string().openapi({ description: "Hexadecimal: proves this row and all before it." }),
  })
  .openapi("AuditRow");

export const auditListSchema = listSchema(auditRowSchema, "AuditList");

export const auditHeadSchema = z
  .strictObject({
    number: z.int().openapi({ description: "Of the last row; 0 without rows." }),
    mac: z.string(),
  })
  .openapi("AuditHead");

const nameText = z
  .string()
  .transform((text, context): string => {
    const name = fromNameText(text);
    if (name !== null) return name;
    const message = "Expected root, anonymous, or a kind and an id such as user:usr_… or event_type:invoice.paid.";
    context.issues.push({ code: "custom", message, params: { code: "invalid_format" }, input: text });
    return z.NEVER;
  })
  .openapi({ type: "string" });

export const listAuditQuerySchema = z.strictObject({
  ...pageParameters,
  action: z.enum(AUDIT_ACTIONS).optional(),
  actor: nameText.optional().openapi({ example: "api_key:key_5fqka2m1c39z0v8d7h4wxtnp6r" }),
  subject: nameText.optional().openapi({ example: "endpoint:ep_5fqka2m1c39z0v8d7h4wxtnp6r" }),
  createdAfter: timeText.optional().openapi({ description: "At this time or later." }),
  createdBefore: timeText.optional().openapi({ description: "Before this time." }),
});

/** A row's number: the position in the list. */
export const auditPositionSchema = z.int().positive();
