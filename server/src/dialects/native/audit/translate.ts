/** The audit log between the core and the wire. */
import type { z } from "@hono/zod-openapi";

import type { AuditHead, AuditRow, AuditState } from "../../../core/audit/audit-row.ts";
import { toNameText } from "./name-text.ts";
import type { auditHeadSchema, auditRowSchema } from "./schemas.ts";

const MICROSECONDS_A_MS = 1000;

export function toAuditRowAnswer(row: AuditRow): z.infer<typeof auditRowSchema> {
  return {
    number: row.number,
    at: new Date(Math.floor(row.atUs / MICROSECONDS_A_MS)).toISOString(),
    actor: toNameText(row.actor),
    address: row.address,
    requestId: row.requestId,
    action: row.action,
    subject: toNameText(row.subject),
    reason: row.reason,
    before: toState(row.before),
    after: toState(row.after),
    mac: toHex(row.mac),
  };
}

export function toAuditHeadAnswer(head: AuditHead): z.infer<typeof auditHeadSchema> {
  return { number: head.number, mac: toHex(head.mac) };
}

function toState(text: string | null): AuditState | null {
  return text === null ? null : (JSON.parse(text) as AuditState);
}

function toHex(mac: Uint8Array): string {
  return Buffer.from(mac).toString("hex");
}
