/** Ends the session that the actor's access token belongs to: all of its tokens, at once, on every node. */
import { endSession } from "../../db/queries/end-session.ts";
import type { Actor } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

/** Throws `not_found` unless a user acts. */
export async function logOut({
  context,
  actor,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
}): Promise<void> {
  if (actor.kind !== "user" || actor.sessionId === null) {
    throw new CoreError("not_found", "There is no session: this call was made without one.");
  }
  const { userId, tenantId, sessionId } = actor;
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    if (!(await endSession(transaction, { id: sessionId, now, reason: "logout" }))) return;
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: "session.end",
      subject: `user:${userId}`,
      now,
    });
  });
}
