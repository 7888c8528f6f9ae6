/**
 * Records what a call changed of an endpoint, as the last step of its transaction. Credentials and header values are
 * hidden in an endpoint already; the query of the URL is cut besides, since receivers like to put keys there. A call
 * that changed nothing leaves no row.
 */
import type { Queryable } from "../../db/database.ts";
import type { Actor } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { AuditAction, AuditState } from "../audit/audit-row.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { type Endpoint, HIDDEN } from "./endpoint.ts";

export async function auditEndpoint(
  transaction: Queryable,
  change: {
    readonly keyRing: KeyRing;
    readonly actor: Actor;
    readonly action: AuditAction;
    /** Null where the call made it. */
    readonly before: Endpoint | null;
    /** Null where the call took it away; the same as `before` where it found everything as asked. */
    readonly after: Endpoint | null;
    readonly now: Date;
  },
): Promise<void> {
  const { before, after, ...record } = change;
  const endpoint = after ?? before;
  if (endpoint === null || before === after) return;
  await appendAudit(transaction, {
    ...record,
    tenantId: endpoint.tenantId,
    subject: `endpoint:${endpoint.id}`,
    before: before === null ? null : toAuditState(before),
    after: after === null ? null : toAuditState(after),
  });
}

function toAuditState(endpoint: Endpoint): AuditState {
  const {
    id: _id,
    number: _number,
    tenantId: _tenantId,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    ...rest
  } = endpoint;
  return {
    ...rest,
    url: endpoint.url.replace(/\?.*$/s, `?${HIDDEN}`),
    eventTypes: endpoint.eventTypes?.map(({ pattern }) => pattern) ?? null,
  };
}
