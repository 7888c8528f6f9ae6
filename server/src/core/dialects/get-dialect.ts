/** Reads one dialect that a tenant has switched on. */
import { listDialects } from "../../db/queries/list-dialects.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Dialect, type DialectName, dialectNotFound, toDialect } from "./dialect.ts";

/** Throws `scope_required`, `not_found`. */
export async function getDialect({
  context,
  actor,
  tenantId,
  name,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly name: DialectName;
}): Promise<Dialect> {
  requireRoot(actor);
  const [row] = await listDialects(context.database, { tenantId, name });
  if (row === undefined) throw dialectNotFound();
  return toDialect(row);
}
