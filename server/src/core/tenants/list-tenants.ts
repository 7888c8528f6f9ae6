/** Lists the tenants, newest first. */
import { listTenants as listTenantRows } from "../../db/queries/list-tenants.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type Tenant, toTenant } from "./tenant.ts";

/** `after` is the number of the last tenant of the page before. Throws `scope_required`. */
export async function listTenants({
  context,
  actor,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly input: { readonly after: number | null; readonly limit: number };
}): Promise<Page<Tenant, number>> {
  requireRoot(actor);
  const rows = await listTenantRows(context.database, { after: input.after, limit: input.limit + 1 });
  return toPage(rows.map(toTenant), input.limit, (tenant) => tenant.number);
}
