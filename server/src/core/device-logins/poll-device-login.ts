/**
 * A program asks whether its login was decided (RFC 8628, 3.4). Polls of one login take turns by its row, so one of them
 * gets the tokens; the login is consumed in the commit that opens the session.
 */
import { insertClientSession } from "../../db/queries/insert-client-session.ts";
import { lockDeviceLogin } from "../../db/queries/lock-device-login.ts";
import { noteDevicePoll } from "../../db/queries/note-device-poll.ts";
import type { Queryable } from "../../db/database.ts";
import { hashToken } from "../access/token-form.ts";
import { appendAudit } from "../audit/append-audit.ts";
import {
  ACCESS_TOKEN_MS,
  issueAccess,
  issuePair,
  newSessionId,
  REFRESH_TOKEN_MS,
  type RequestOrigin,
} from "../sessions/session.ts";
import { decidePoll, type PollSaying } from "./decide-device-login.ts";
import { type DeviceLogin, type DeviceLoginContext, toDeviceLogin } from "./device-login.ts";
import { type LoginClient, OFFLINE_ACCESS, toScopeText } from "./login-clients.ts";
import { parseDeviceCode } from "./login-codes.ts";

export interface ClientTokens {
  readonly accessToken: string;
  readonly accessExpiresAt: Date;
  /** Null: none was asked for. */
  readonly refreshToken: string | null;
  /** Names of the program's, with spaces between them. */
  readonly scope: string;
  /** The slug of the tenant in which they act. */
  readonly tenant: string;
}

export type DeviceLoginPoll =
  | { readonly says: "tokens"; readonly tokens: ClientTokens }
  | { readonly says: Exclude<PollSaying, "tokens"> };

type PollContext = Omit<DeviceLoginContext, "passwordQueue">;

/** A code of another program is as unknown as any. */
export async function pollDeviceLogin({
  context,
  origin,
  client,
  deviceCode,
}: {
  readonly context: PollContext;
  readonly origin: RequestOrigin;
  readonly client: LoginClient;
  readonly deviceCode: string;
}): Promise<DeviceLoginPoll> {
  const code = parseDeviceCode(deviceCode);
  if (code === null) return { says: "invalid_grant" };
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const row = await lockDeviceLogin(transaction, { deviceHash: hashToken(code) });
    const login = row === null ? null : toDeviceLogin(row);
    if (login === null || login.client !== client) return { says: "invalid_grant" };
    const { says, ...poll } = decidePoll(login, now);
    await noteDevicePoll(transaction, { id: login.id, ...poll });
    if (says !== "tokens") return { says };
    const tokens = await openSession(transaction, { context, origin, login, now });
    // Approved by somebody who may no longer do so.
    return tokens === null ? { says: "access_denied" } : { says, tokens };
  });
}

async function openSession(
  transaction: Queryable,
  input: {
    readonly context: PollContext;
    readonly origin: RequestOrigin;
    readonly login: DeviceLogin;
    readonly now: Date;
  },
): Promise<ClientTokens | null> {
  const { context, origin, login, now } = input;
  const { client, approval } = login;
  if (approval === null) throw new Error("a device login was approved by nobody");
  const isOffline = login.scopesAsked.includes(OFFLINE_ACCESS);
  const id = newSessionId();
  const opened = await insertClientSession(transaction, {
    id,
    ...approval,
    now,
    address: origin.address,
    expiresAt: new Date(now.getTime() + (isOffline ? REFRESH_TOKEN_MS : ACCESS_TOKEN_MS)),
    clientId: client.id,
  });
  if (opened === null) return null;
  const grant = isOffline
    ? await issuePair(transaction, id, now)
    : await issueAccess(transaction, id, now).then((access) => access && { ...access, refreshToken: null });
  if (grant === null) throw new Error("a session ended in the transaction that opened it");
  const scope = toScopeText(client, approval.scopes, isOffline);
  await appendAudit(transaction, {
    keyRing: context.keyRing,
    tenantId: opened.tenantId,
    actor: { kind: "anonymous", ...origin },
    action: "session.create",
    subject: `user:${approval.userId}`,
    after: { client: client.id, scope },
    now,
  });
  const { accessToken, accessExpiresAt, refreshToken } = grant;
  return { accessToken, accessExpiresAt, refreshToken, scope, tenant: opened.tenantSlug };
}
