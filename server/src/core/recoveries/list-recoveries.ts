/** Lists a tenant's recoveries, newest first. */
import { listRecoveries as listRecoveryRows } from "../../db/queries/list-recoveries.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type Recovery, toRecovery } from "./recovery.ts";

/** `after` is the number of the last recovery of the page before. Throws `scope_required`, `not_found`. */
export async function listRecoveries({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly after: number | null; readonly limit: number };
}): Promise<Page<Recovery, number>> {
  requireScope(actor, tenantId, "deliveries:read");
  const { after, limit } = input;
  const rows = await listRecoveryRows(context.database, { tenantId, after, limit: limit + 1 });
  return toPage(rows.map(toRecovery), limit, ({ number }) => number);
}
