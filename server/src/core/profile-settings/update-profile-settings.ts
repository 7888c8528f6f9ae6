/** Changes what is given of a tenant's settings for its endpoints of one profile, and leaves the rest. */
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { readPublicKey } from "../../profiles/public-key.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";
import { changeProfileSettings } from "./change-profile-settings.ts";
import type { ProfileSettings } from "./profile-settings.ts";

export interface UpdateProfileSettingsInput {
  readonly enabled?: boolean | undefined;
  readonly encodeData?: boolean | undefined;
  readonly encryptData?: boolean | undefined;
  /** An RSA key, as bare base64 of its DER form or as PEM; empty takes it away. */
  readonly publicKey?: string | undefined;
  readonly enableDataProtection?: boolean | undefined;
}

/** What is said of any text that is no key; short enough to be the whole answer of a contract. */
export const PUBLIC_KEY_TEXT = "publicKey is not a valid RSA public key.";

/** Throws `not_found`, `scope_required`, `validation_failed`. */
export async function updateProfileSettings({
  context,
  actor,
  tenantId,
  profile,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing" | "engine">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly profile: EndpointProfile;
  readonly input: UpdateProfileSettingsInput;
}): Promise<ProfileSettings> {
  requireScope(actor, tenantId, "endpoints:write");
  const change = toChange(input);
  const { keyRing } = context;
  const now = context.clock.now();
  const { settings, released } = await context.database.transaction(async (transaction) => {
    const tenantNumber = await lockTenant(transaction, tenantId);
    if (tenantNumber === null) throw new CoreError("not_found", "There is no such tenant.");
    return changeProfileSettings(transaction, { tenantId, tenantNumber, profile, change, actor, keyRing, now });
  });
  if (released) context.engine.wakeDispatch();
  return settings;
}

/** What is given, a public key without its wrapping. Throws `validation_failed`. */
function toChange({ publicKey, ...input }: UpdateProfileSettingsInput): Partial<ProfileSettings> {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  if (publicKey === undefined) return given;
  if (publicKey === "") return { ...given, publicKey };
  const key = readPublicKey(publicKey);
  if (key === null) {
    refuseProblems([{ path: "/publicKey", code: "invalid_format", message: PUBLIC_KEY_TEXT }]);
    throw new Error("a key that is none was taken");
  }
  return { ...given, publicKey: key.text };
}
