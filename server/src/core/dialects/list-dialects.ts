/** Lists the dialects that a tenant has switched on, by name. */
import { listDialects as listRows } from "../../db/queries/list-dialects.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Dialect, toDialect } from "./dialect.ts";

/** Throws `scope_required`. */
export async function listDialects({
  context,
  actor,
  tenantId,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
}): Promise<Dialect[]> {
  requireRoot(actor);
  return (await listRows(context.database, { tenantId, name: null })).map(toDialect);
}
