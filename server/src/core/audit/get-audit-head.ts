/**
 * Reads the head of a tenant's audit log: the number and mac of its last row. Kept somewhere else, it proves later that
 * nothing was cut from the end (`posthorn audit verify --expect`), which the log alone cannot.
 */
import { selectAuditHead } from "../../db/queries/select-audit-head.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { GENESIS_MAC } from "./audit-mac.ts";
import type { AuditHead } from "./audit-row.ts";

/** Number 0 and a mac of zeros where nothing was recorded yet. Throws `not_found`, `scope_required`. */
export async function getAuditHead({
  context,
  actor,
  tenantId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
}): Promise<AuditHead> {
  requireScope(actor, tenantId, "audit:read");
  return (await selectAuditHead(context.database, tenantId)) ?? { number: 0, mac: GENESIS_MAC };
}
