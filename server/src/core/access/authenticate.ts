/**
 * Decides who a bearer token is. The root key is compared by hash in constant time; an API key is found by the hash of
 * its text, so that neither the database's index nor our comparison tells how much of a guess was right. Nothing is
 * cached: a revoked or expired key counts from the next request, on every node.
 */
import { timingSafeEqual } from "node:crypto";

import { findApiKey, type FoundApiKey } from "../../db/queries/find-api-key.ts";
import { touchApiKey } from "../../db/queries/touch-api-key.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import type { Actor } from "./actor.ts";
import { hashToken, parseToken } from "./api-key-token.ts";
import { isScope } from "./scopes.ts";

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
export async function authenticate({ context, rootKeyHash, token, address }: AuthenticateInput): Promise<Actor> {
  if (token === null) {
    throw new CoreError("unauthenticated", "This call needs a key: send Authorization: Bearer <key>.");
  }
  const hash = hashToken(token);
  if (timingSafeEqual(hash, rootKeyHash)) return { kind: "root", address };
  if (parseToken(token) === null) {
    throw new CoreError("unauthenticated", "This is not a key of ours: its form or checksum is wrong. Was it cut?");
  }

  const now = context.clock.now();
  const key = await findApiKey(context.database, { hash, now });
  if (key === null) {
    throw new CoreError("unauthenticated", "This API key is unknown, revoked or expired.");
  }
  noteUse(context, key, now);
  return { kind: "api_key", keyId: key.id, tenantId: key.tenant_id, scopes: key.scopes.filter(isScope), address };
}

/** Not awaited: no request waits for it, and none fails when it is lost. */
function noteUse(context: AccessContext, key: FoundApiKey, now: Date): void {
  const unlessSince = new Date(now.getTime() - LAST_USED_INTERVAL_MS);
  if (key.last_used_at !== null && key.last_used_at > unlessSince) return;
  touchApiKey(context.database, { id: key.id, now, unlessSince }).catch(() => {});
}
