/**
 * A session: one login of a user and all that came of it. It shows itself only in its pair of tokens; a refresh spends
 * the one pair for the next, and the session lives as long as that goes on and nothing ends it.
 */
import { randomUUID } from "node:crypto";

import type { Queryable } from "../../db/database.ts";
import { insertSessionTokens } from "../../db/queries/insert-session-tokens.ts";
import { createSessionTokens } from "../access/session-token.ts";
import { hashToken } from "../access/token-form.ts";
import type { CoreContext } from "../context.ts";

export type SessionContext = Pick<CoreContext, "database" | "clock" | "keyRing" | "passwordQueue">;

export interface AccessGrant {
  readonly accessToken: string;
  readonly accessExpiresAt: Date;
}

export interface SessionPair extends AccessGrant {
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
}

/** Where a request of somebody who is not yet anybody comes from, for the records. */
export interface RequestOrigin {
  readonly address: string | null;
  readonly requestId: string;
}

export const ACCESS_TOKEN_MS = 15 * 60 * 1000;
export const REFRESH_TOKEN_MS = 30 * 24 * 60 * 60 * 1000;

export function newSessionId(): string {
  return randomUUID();
}

/** Gives the session its next pair; null when the session has ended. The tokens exist in this result only. */
export async function issuePair(transaction: Queryable, sessionId: string, now: Date): Promise<SessionPair | null> {
  const { access, refresh } = createSessionTokens();
  const pair: SessionPair = {
    accessToken: access,
    accessExpiresAt: new Date(now.getTime() + ACCESS_TOKEN_MS),
    refreshToken: refresh,
    refreshExpiresAt: new Date(now.getTime() + REFRESH_TOKEN_MS),
  };
  const isOpen = await insertSessionTokens(transaction, {
    sessionId,
    accessHash: hashToken(access),
    accessExpiresAt: pair.accessExpiresAt,
    refreshHash: hashToken(refresh),
    refreshExpiresAt: pair.refreshExpiresAt,
  });
  return isOpen ? pair : null;
}

/** Gives the session an access token and nothing to renew it with: the session ends with it. Null as above. */
export async function issueAccess(transaction: Queryable, sessionId: string, now: Date): Promise<AccessGrant | null> {
  const { access } = createSessionTokens();
  const grant: AccessGrant = { accessToken: access, accessExpiresAt: new Date(now.getTime() + ACCESS_TOKEN_MS) };
  const isOpen = await insertSessionTokens(transaction, {
    sessionId,
    accessHash: hashToken(access),
    accessExpiresAt: grant.accessExpiresAt,
    refreshHash: null,
    refreshExpiresAt: null,
  });
  return isOpen ? grant : null;
}
