/**
 * A user approves or denies a device login, once. What the program gets is decided here: what it asked for, as far as
 * the user holds it now. The row of the login is locked before that of the user, as at the poll that takes the tokens.
 */
import { hash } from "node:crypto";

import { lockDeviceLogin } from "../../db/queries/lock-device-login.ts";
import { lockUser } from "../../db/queries/lock-user.ts";
import { noteDeviceDecision } from "../../db/queries/note-device-decision.ts";
import type { UserRow } from "../../db/queries/user-columns.ts";
import type { UserActor } from "../access/actor.ts";
import { ROLE_SCOPES } from "../access/roles.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { CoreError } from "../errors/core-error.ts";
import type { RequestOrigin } from "../sessions/session.ts";
import { toUser } from "../users/user.ts";
import { decideAnswer, type DecisionSaying } from "./decide-device-login.ts";
import { isOwnDecisionProof, readDecisionProof } from "./decision-proof.ts";
import { type DeviceLogin, type DeviceLoginContext, toDeviceLogin } from "./device-login.ts";
import { whatUserCanGive } from "./open-device-login.ts";

export type DeviceLoginDecision = "approve" | "deny";

/**
 * `done`, or why it cannot be decided any more. Throws `unauthenticated` where the proof is over or not ours, and
 * `scope_required` where the user has nothing to give.
 */
export async function answerDeviceLogin({
  context,
  origin,
  proof: text,
  decision,
}: {
  readonly context: Omit<DeviceLoginContext, "passwordQueue">;
  readonly origin: RequestOrigin;
  /** As `openDeviceLogin` gave it. */
  readonly proof: string;
  readonly decision: DeviceLoginDecision;
}): Promise<DecisionSaying> {
  const proof = readDecisionProof(text);
  const now = context.clock.now();
  if (proof === null || proof.expiresAtMs <= now.getTime()) throw proofIsOver();
  const { database, keyRing } = context;
  return database.transaction(async (transaction) => {
    const row = await lockDeviceLogin(transaction, { id: proof.loginId });
    const user = await lockUser(transaction, { id: proof.userId, tenantId: proof.tenantId });
    if (user === null || user.password_hash === null || user.disabled_at !== null) throw proofIsOver();
    if (!isOwnDecisionProof(keyRing, text, user.password_hash)) throw proofIsOver();
    // Taken away since.
    if (row === null) return "over";
    const login = toDeviceLogin(row);
    const { to, says } = decideAnswer(login, decision, now);
    if (to === null) return says;

    const given = decision === "approve" ? await whatUserCanGive({ database: transaction }, login, user) : null;
    if (given?.scopes.length === 0) throw nothingToGive(login);
    await noteDeviceDecision(transaction, {
      id: login.id,
      state: to,
      userId: user.id,
      now,
      scopes: given?.scopes ?? null,
      passwordMark: given === null ? null : hash("sha256", user.password_hash, "buffer"),
    });
    await appendAudit(transaction, {
      keyRing,
      tenantId: user.tenant_id,
      actor: toActor(user, origin),
      action: decision === "approve" ? "device_login.approve" : "device_login.deny",
      subject: `user:${user.id}`,
      after: { client: login.client.id, askedFrom: login.address, scope: given?.names.join(" ") ?? null },
      now,
    });
    return says;
  });
}

function toActor(row: UserRow, origin: RequestOrigin): UserActor {
  const { id, tenantId, role } = toUser(row);
  const proved = { sessionId: null, authenticatedAt: null, ...origin };
  return { kind: "user", userId: id, tenantId, role, scopes: ROLE_SCOPES[role], ...proved };
}

function proofIsOver(): CoreError {
  return new CoreError("unauthenticated", "This form is over. Begin again with your code and your password.");
}

function nothingToGive({ client }: DeviceLogin): CoreError {
  const message = `You hold nothing of what ${client.name} asks for here, so there is nothing to approve.`;
  return new CoreError("scope_required", message);
}
