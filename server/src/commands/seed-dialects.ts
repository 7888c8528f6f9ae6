/**
 * What a development server offers to clients of the contracts it speaks beside its own: each dialect switched on for
 * the default tenant, and users to act as. What clients need is told by `--json` and stays the same from start to start.
 */
import { createHmac, randomUUID } from "node:crypto";

import { DEV_TENANT } from "../config.ts";
import type { Actor } from "../core/access/actor.ts";
import { createToken, hashToken, hintOfToken } from "../core/access/api-key-token.ts";
import type { Role } from "../core/access/roles.ts";
import type { Scope } from "../core/access/scopes.ts";
import type { CoreContext } from "../core/context.ts";
import { putDialect } from "../core/dialects/put-dialect.ts";
import { CoreError } from "../core/errors/core-error.ts";
import { updateTenant } from "../core/tenants/update-tenant.ts";
import { createUser } from "../core/users/create-user.ts";
import { findUserByEmail } from "../db/queries/find-user-by-email.ts";
import { findApiKey } from "../db/queries/find-api-key.ts";
import { insertApiKey } from "../db/queries/insert-api-key.ts";

export interface DevDialects {
  readonly selfcommunity: {
    /** Tokens are JWTs that are signed with its text by HS256. */
    readonly jwtSecret: string;
    readonly adminUserId: number;
    readonly memberUserId: number;
  };
  /** The values of the four headers that callers show. */
  readonly velt: {
    readonly apiKey: string;
    readonly authToken: string;
    readonly workspaceId: string;
    readonly workspaceAuthToken: string;
  };
  readonly thesignup: {
    /** A bearer token with both scopes of the contract. */
    readonly apiKey: string;
    /** Who approves a device login. */
    readonly login: { readonly tenant: string; readonly email: string; readonly password: string };
  };
}

const ADMIN = 1;
const MEMBER = 2;
/** The number that the harness of a real client acts as. */
const OTHER_ADMIN = 7;

const USERS: readonly { readonly number: number; readonly role: Role; readonly email: string }[] = [
  { number: ADMIN, role: "admin", email: "admin@example.com" },
  { number: MEMBER, role: "viewer", email: "member@example.com" },
  { number: OTHER_ADMIN, role: "admin", email: "admin7@example.com" },
];

/** What both scopes of the contract are among ours. */
const THESIGNUP_SCOPES: readonly Scope[] = [
  "events:read",
  "endpoints:read",
  "endpoints:write",
  "deliveries:read",
  "deliveries:write",
  "secrets:write",
];

/** `secret` is kept between starts; what dialects need is derived from it. */
export async function seedDialects(
  context: CoreContext,
  { tenantId, secret }: { readonly tenantId: string; readonly secret: string },
): Promise<DevDialects> {
  const actor: Actor = { kind: "root", address: null };
  for (const input of USERS) await createUser({ context, actor, tenantId, input }).catch(ignoreTaken);

  const jwtSecret = createHmac("sha256", secret).update("selfcommunity").digest("base64url");
  await putDialect({ context, actor, tenantId, name: "selfcommunity", input: { jwtSecret } });
  return {
    selfcommunity: { jwtSecret, adminUserId: ADMIN, memberUserId: MEMBER },
    velt: await seedVelt(context, { tenantId, secret }),
    thesignup: {
      apiKey: await seedThesignup(context, { tenantId, secret }),
      login: await seedLogin(context, { tenantId, secret }),
    },
  };
}

async function seedVelt(
  context: CoreContext,
  { tenantId, secret }: { readonly tenantId: string; readonly secret: string },
): Promise<DevDialects["velt"]> {
  const actor: Actor = { kind: "root", address: null };
  const derive = (purpose: string) => createHmac("sha256", secret).update(purpose).digest("base64url");
  const velt = {
    apiKey: "velt_dev_api_key",
    authToken: derive("velt auth token"),
    workspaceId: "velt_dev_workspace",
    workspaceAuthToken: derive("velt workspace auth token"),
  };
  const { authToken, ...keys } = velt;
  await putDialect({ context, actor, tenantId, name: "velt", input: { ...keys, authTokens: [{ token: authToken }] } });
  return velt;
}

async function seedThesignup(
  context: CoreContext,
  { tenantId, secret }: { readonly tenantId: string; readonly secret: string },
): Promise<string> {
  const actor: Actor = { kind: "root", address: null };
  await putDialect({ context, actor, tenantId, name: "thesignup", input: {} });
  const apiKey = createToken(createHmac("sha256", secret).update("thesignup").digest(), "thesignup");
  const [hash, now] = [hashToken(apiKey), context.clock.now()];
  if ((await findApiKey(context.database, { hash, now })) !== null) return apiKey;
  // The key comes last: while it is missing, the next start sets the tier again.
  await updateTenant({ context, actor, tenantId, input: { tier: "org" } });
  const key = { id: randomUUID(), tenantId, hash, hint: hintOfToken(apiKey), expiresAt: null, now };
  await insertApiKey(context.database, { ...key, name: "Development, thesignup", scopes: [...THESIGNUP_SCOPES] });
  return apiKey;
}

async function seedLogin(
  context: CoreContext,
  { tenantId, secret }: { readonly tenantId: string; readonly secret: string },
): Promise<DevDialects["thesignup"]["login"]> {
  const actor: Actor = { kind: "root", address: null };
  const password = createHmac("sha256", secret).update("login").digest("base64url");
  const user = { email: "developer@example.com", role: "developer" as const };
  // Looked for first: a password that nobody needs would be hashed at every start.
  if ((await findUserByEmail(context.database, { tenantId, email: user.email })) === null) {
    await createUser({ context, actor, tenantId, input: { ...user, password } });
  }
  return { tenant: DEV_TENANT, email: user.email, password };
}

/** A number that was ever given is not given again: the user is there, or was taken away by intent. */
function ignoreTaken(error: unknown): void {
  if (!(error instanceof CoreError && error.code === "already_exists")) throw error;
}
