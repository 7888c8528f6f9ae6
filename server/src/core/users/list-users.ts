/** Lists a tenant's users who are not revoked, newest first. */
import { listUsers as listUserRows } from "../../db/queries/list-users.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { toUser, type User } from "./user.ts";

export interface UserPosition {
  readonly createdAt: Date;
  readonly id: string;
}

/** Throws `not_found`, `scope_required`. */
export async function listUsers({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly after: UserPosition | null; readonly limit: number };
}): Promise<Page<User, UserPosition>> {
  requireScope(actor, tenantId, "users:read");
  const rows = await listUserRows(context.database, { tenantId, after: input.after, limit: input.limit + 1 });
  return toPage(rows.map(toUser), input.limit, ({ createdAt, id }) => ({ createdAt, id }));
}
