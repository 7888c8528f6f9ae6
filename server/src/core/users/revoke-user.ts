/**
 * Revokes a user for good: the sessions end, the password is wiped, the e-mail address is free for another. The row
 * stays, so that the audit log and the number go on naming whom they named.
 */
import { endUserSessions } from "../../db/queries/end-user-sessions.ts";
import { lockUser } from "../../db/queries/lock-user.ts";
import { revokeUser as revokeUserRow } from "../../db/queries/revoke-user.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { requireRank, toAuditState, toUser, userNotFound } from "./user.ts";

/** Throws `not_found` (also when the user was revoked before), `scope_required`. */
export async function revokeUser({
  context,
  actor,
  tenantId,
  userId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly userId: string;
}): Promise<void> {
  requireScope(actor, tenantId, "users:write");
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    const row = await lockUser(transaction, { id: userId, tenantId });
    if (row === null) throw userNotFound();
    const before = toUser(row);
    requireRank(actor, before.role);
    await revokeUserRow(transaction, { id: userId, now });
    await endUserSessions(transaction, { userId, now, reason: "user_revoked" });
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: "user.revoke",
      subject: `user:${userId}`,
      before: toAuditState(before),
      now,
    });
  });
}
