/**
 * Decides who a bearer token is. The root key is compared by hash in constant time; an API key and a session's access
 * token are found by the hash of their text, so that neither the database's index nor our comparison tells how much of
 * a guess was right. Nothing is cached: a revoked key, an ended session, a disabled user, another role count from the
 * next request, on every node.
 */
import { timingSafeEqual } from "node:crypto";

import { findApiKey, type FoundApiKey } from "../../db/queries/find-api-key.ts";
import { findSession } from "../../db/queries/find-session.ts";
import { touchApiKey } from "../../db/queries/touch-api-key.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import type { BearerActor } from "./actor.ts";
import { parseToken } from "./api-key-token.ts";
import { isRole, type Role, ROLE_SCOPES } from "./roles.ts";
import { isScope, type Scope } from "./scopes.ts";
import { looksLikeAccessToken, parseAccessToken } from "./session-token.ts";
import { hashToken } from "./token-form.ts";

type AccessContext = Pick<CoreContext, "database" | "clock">;

/** "Last used" is for people; a write for each request would cost more than the request. */
const LAST_USED_INTERVAL_MS = 60_000;

export interface AuthenticateInput {
  readonly context: AccessContext;
  /** SHA-256 of the root key (`hashToken`). */
  readonly rootKeyHash: Uint8Array;
  /** What followed `Bearer `, or null when there was nothing. */
  readonly token: string | null;
  /** The caller's network address, for the records. */
  readonly address: string | null;
}

/** Throws `unauthenticated`. */
export async function authenticate({ context, rootKeyHash, token, address }: AuthenticateInput): Promise<BearerActor> {
  if (token === null) {
    throw new CoreError("unauthenticated", "This call needs a key: send Authorization: Bearer <key>.");
  }
  if (timingSafeEqual(hashToken(token), rootKeyHash)) return { kind: "root", address };
  return looksLikeAccessToken(token) ? toUser(context, token, address) : toApiKey(context, token, address);
}

async function toApiKey(context: AccessContext, token: string, address: string | null): Promise<BearerActor> {
  if (parseToken(token) === null) {
    throw new CoreError("unauthenticated", "This is not a key of ours: its form or checksum is wrong. Was it cut?");
  }
  const now = context.clock.now();
  const key = await findApiKey(context.database, { hash: hashToken(token), now });
  if (key === null) {
    throw new CoreError("unauthenticated", "This API key is unknown, revoked or expired.");
  }
  noteUse(context, key, now);
  return { kind: "api_key", keyId: key.id, tenantId: key.tenant_id, scopes: key.scopes.filter(isScope), address };
}

async function toUser(context: AccessContext, token: string, address: string | null): Promise<BearerActor> {
  if (parseAccessToken(token) === null) {
    const message = "This is not an access token of ours: its form or checksum is wrong. Was it cut?";
    throw new CoreError("unauthenticated", message);
  }
  const session = await findSession(context.database, { hash: hashToken(token), now: context.clock.now() });
  if (session === null || !isRole(session.role)) {
    const message = "This access token is unknown or expired, or its session has ended. Refresh it, or log in again.";
    throw new CoreError("unauthenticated", message);
  }
  return {
    kind: "user",
    userId: session.user_id,
    sessionId: session.id,
    tenantId: session.tenant_id,
    role: session.role,
    scopes: scopesOf(session.role, session.scopes),
    // Whoever has the program did not give the password.
    authenticatedAt: session.client_id === null ? session.authenticated_at : null,
    address,
  };
}

/** A program has what it was given, as far as its user's role still has it. */
function scopesOf(role: Role, given: readonly string[] | null): readonly Scope[] {
  return given === null ? ROLE_SCOPES[role] : ROLE_SCOPES[role].filter((scope) => given.includes(scope));
}

/** Not awaited: no request waits for it, and none fails when it is lost. */
function noteUse(context: AccessContext, key: FoundApiKey, now: Date): void {
  const unlessSince = new Date(now.getTime() - LAST_USED_INTERVAL_MS);
  if (key.last_used_at !== null && key.last_used_at > unlessSince) return;
  touchApiKey(context.database, { id: key.id, now, unlessSince }).catch(() => {});
}
