/**
 * Switches a dialect off for a tenant: its callers find nothing there any more, its hosts are free, its secret is gone.
 * Endpoints and event types stay, and so do their deliveries.
 */
import { deleteDialect as deleteRow } from "../../db/queries/delete-dialect.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { type DialectName, dialectNotFound } from "./dialect.ts";

/** Throws `scope_required`, `not_found`. */
export async function deleteDialect({
  context,
  actor,
  tenantId,
  name,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly name: DialectName;
}): Promise<void> {
  requireRoot(actor);
  await context.database.transaction(async (transaction) => {
    if (!(await deleteRow(transaction, { tenantId, name }))) throw dialectNotFound();
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: "dialect.delete",
      subject: `dialect:${name}`,
      now: context.clock.now(),
    });
  });
}
