/**
 * Lets a role of the database publish for one tenant, or for all of them, inside its own transactions. A grant for one
 * tenant stands in that tenant's audit log; one for all belongs to none and is listed with the others.
 */
import { DatabaseError } from "../../db/database.ts";
import { grantPublishing } from "../../db/queries/grant-publishing.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

const UNDEFINED_ROLE = "42704";

/** Resolves to false when the grant stood already. Throws CoreError `not_found`: no such role. */
export async function grantPublishingRole({
  context,
  actor,
  roleName,
  tenantId,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing">;
  readonly actor: Actor;
  readonly roleName: string;
  /** null: every tenant, also those that come. */
  readonly tenantId: string | null;
}): Promise<boolean> {
  requireRoot(actor);
  const { database, clock, keyRing } = context;
  const now = clock.now();
  try {
    return await database.transaction(async (transaction) => {
      const isNew = await grantPublishing(transaction, { roleName, tenantId, now });
      if (isNew && tenantId !== null) {
        const action = "publishing_role.grant";
        const after = { role: roleName };
        await appendAudit(transaction, { keyRing, tenantId, actor, action, subject: `tenant:${tenantId}`, after, now });
      }
      return isNew;
    });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== UNDEFINED_ROLE) throw error;
    throw new CoreError("not_found", "The database has no such role. Create it first: create role … login.");
  }
}
