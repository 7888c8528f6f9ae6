/** Takes back that a role of the database may publish for one tenant, or for all of them: from its next call on. */
import { revokePublishing } from "../../db/queries/revoke-publishing.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";

/** Resolves to false when there was no such grant. */
export async function revokePublishingRole({
  context,
  actor,
  roleName,
  tenantId,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing">;
  readonly actor: Actor;
  readonly roleName: string;
  /** null: the grant for every tenant. */
  readonly tenantId: string | null;
}): Promise<boolean> {
  requireRoot(actor);
  const { database, clock, keyRing } = context;
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const stood = await revokePublishing(transaction, { roleName, tenantId });
    if (stood && tenantId !== null) {
      const action = "publishing_role.revoke";
      const before = { role: roleName };
      await appendAudit(transaction, { keyRing, tenantId, actor, action, subject: `tenant:${tenantId}`, before, now });
    }
    return stood;
  });
}
