/**
 * A person comes with a user code and proves who they are: shows what they are about to decide, and gives the proof with
 * which they decide it. The password comes first, so only who has one can try codes, and wrong codes are counted.
 */
import type { Queryable } from "../../db/database.ts";
import { findDeviceLogin } from "../../db/queries/find-device-login.ts";
import { countGuess, giveBackGuess } from "../access/guess-limits.ts";
import { isRole, ROLE_SCOPES } from "../access/roles.ts";
import type { Scope } from "../access/scopes.ts";
import { hasDialect } from "../dialects/find-dialect-tenant.ts";
import { CoreError } from "../errors/core-error.ts";
import { checkLogin, type CheckedUser, type LogInInput } from "../sessions/check-login.ts";
import type { RequestOrigin } from "../sessions/session.ts";
import { standingOf } from "./decide-device-login.ts";
import { DECISION_MS, makeDecisionProof } from "./decision-proof.ts";
import { type DeviceLogin, type DeviceLoginContext, toDeviceLogin } from "./device-login.ts";
import { grantable, type LoginClient, OFFLINE_ACCESS } from "./login-clients.ts";
import { readUserCode, userCodeMacs } from "./login-codes.ts";

export interface OpenedDeviceLogin {
  readonly userCode: string;
  readonly clientName: string;
  /** Where the program is, and when it asked. */
  readonly address: string | null;
  readonly createdAt: Date;
  readonly email: string;
  /** The tenant as the person named it. */
  readonly tenant: string;
  /** Names of the program's: all that it asked for, and those of them that this user can give. */
  readonly asked: readonly string[];
  readonly given: readonly string[];
  /** Whether it goes on without the person, by a refresh token. */
  readonly isOffline: boolean;
  /** What `answerDeviceLogin` takes. */
  readonly proof: string;
}

const PURPOSE = "device-codes:1";
const REFUSAL = "Too many wrong codes. Wait, then try again.";

/** Throws `unauthenticated`, `rate_limited`, `not_found` (no such code, or it is over). */
export async function openDeviceLogin({
  context,
  origin,
  input,
}: {
  readonly context: DeviceLoginContext;
  readonly origin: RequestOrigin;
  readonly input: LogInInput & { readonly userCode: string };
}): Promise<OpenedDeviceLogin> {
  const user = await checkLogin({ context, origin, input });
  const { login, userCode } = await findPending(context, origin, user, input.userCode);
  const { keyRing, clock } = context;
  const expiresAtMs = clock.nowMs() + DECISION_MS;
  const proof = { loginId: login.id, tenantId: user.tenant_id, userId: user.id, expiresAtMs };
  const { names } = await whatUserCanGive(context, login, user);
  return {
    userCode,
    clientName: login.client.name,
    address: login.address,
    createdAt: login.createdAt,
    email: user.email,
    tenant: input.tenant,
    asked: login.scopesAsked.filter((name) => name !== OFFLINE_ACCESS),
    given: names,
    isOffline: login.scopesAsked.includes(OFFLINE_ACCESS),
    proof: makeDecisionProof(keyRing, proof, user.password_hash),
  };
}

/** Nothing where the user's tenant does not speak the program's contract. */
export async function whatUserCanGive(
  context: { readonly database: Queryable },
  { client, scopesAsked }: { readonly client: LoginClient; readonly scopesAsked: readonly string[] },
  user: { readonly tenant_id: string; readonly role: string },
): Promise<{ readonly names: readonly string[]; readonly scopes: readonly Scope[] }> {
  const { dialect } = client;
  const isSpoken = dialect === null || (await hasDialect({ context, tenantId: user.tenant_id, dialect }));
  const held = isSpoken && isRole(user.role) ? ROLE_SCOPES[user.role] : [];
  return grantable(client, { asked: scopesAsked, held });
}

async function findPending(
  context: DeviceLoginContext,
  origin: RequestOrigin,
  user: CheckedUser,
  typed: string,
): Promise<{ readonly login: DeviceLogin; readonly userCode: string }> {
  const { database, keyRing, clock } = context;
  const guess = { purpose: PURPOSE, claim: user.id, address: origin.address, refusal: REFUSAL };
  const counted = await countGuess(context, guess);
  const userCode = readUserCode(typed);
  const row = userCode === null ? null : await findDeviceLogin(database, userCodeMacs(keyRing, userCode));
  const login = row === null ? null : toDeviceLogin(row);
  if (userCode !== null && login !== null && standingOf(login, clock.now()) === "pending") {
    await giveBackGuess(context, counted);
    return { login, userCode };
  }
  throw new CoreError("not_found", "There is no such code, it was used before, or its time is over.");
}
