/**
 * Writes one row of a tenant's audit log inside the transaction of what it records: both stand, or neither. To be the
 * last thing a verb does in its transaction, since the log's head is locked from here to the commit and every other
 * writer of the tenant waits for it; the same order everywhere also keeps two verbs from waiting for each other.
 */
import type { Queryable } from "../../db/database.ts";
import { insertAuditRow } from "../../db/queries/insert-audit-row.ts";
import { lockAuditHead } from "../../db/queries/lock-audit-head.ts";
import { type Actor, actorName, type AnonymousCaller } from "../access/actor.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { auditMac, GENESIS_MAC } from "./audit-mac.ts";
import type { AuditAction, AuditRow, AuditState, AuditSubject } from "./audit-row.ts";

export interface AuditRecord {
  readonly keyRing: KeyRing;
  readonly tenantId: string;
  readonly actor: Actor | AnonymousCaller;
  readonly action: AuditAction;
  readonly subject: AuditSubject;
  /** What the caller gave as the reason, if the verb takes one. */
  readonly reason?: string | null | undefined;
  /** Left out where there was nothing before, or where it does not change. Never a secret. */
  readonly before?: AuditState | null | undefined;
  readonly after?: AuditState | null | undefined;
  readonly now: Date;
}

const MICROSECONDS_A_MS = 1000;

/** Resolves to the row's number. */
export async function appendAudit(transaction: Queryable, record: AuditRecord): Promise<number> {
  const { actor, keyRing, tenantId, now } = record;
  const head = await lockAuditHead(transaction, { tenantId, genesisMac: GENESIS_MAC });
  const row: Omit<AuditRow, "mac"> = {
    tenantId,
    number: head.number + 1,
    atUs: now.getTime() * MICROSECONDS_A_MS,
    actor: actorName(actor),
    address: actor.address,
    requestId: actor.requestId ?? null,
    action: record.action,
    subject: record.subject,
    reason: record.reason ?? null,
    before: toText(record.before),
    after: toText(record.after),
    keyId: keyRing.currentKeyId,
  };
  await insertAuditRow(transaction, { ...row, at: now, mac: auditMac(keyRing, row, head.mac) });
  return row.number;
}

function toText(state: AuditState | null | undefined): string | null {
  return state == null ? null : JSON.stringify(state);
}
