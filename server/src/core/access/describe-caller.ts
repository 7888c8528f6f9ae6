/** Who the caller is, in words for the caller: whose credential this is, and where it acts. */
import { selectApiKey } from "../../db/queries/select-api-key.ts";
import { selectUser } from "../../db/queries/select-user.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { getTenant } from "../tenants/get-tenant.ts";
import type { Tenant } from "../tenants/tenant.ts";
import type { ApiKeyActor, UserActor } from "./actor.ts";

export interface CallerDescription {
  /** UUID of the user or of the key. */
  readonly id: string;
  readonly name: string;
  /** Null: a key is no person. */
  readonly email: string | null;
  readonly tenant: Tenant;
}

/** Throws `unauthenticated` when the credential ended in between. */
export async function describeCaller({
  context,
  actor,
}: {
  readonly context: CoreContext;
  readonly actor: ApiKeyActor | UserActor;
}): Promise<CallerDescription> {
  const { tenantId } = actor;
  const tenant = await getTenant({ context, actor, tenantId });
  if (actor.kind === "api_key") {
    const key = await selectApiKey(context.database, { id: actor.keyId, tenantId });
    if (key !== null) return { id: key.id, name: key.name, email: null, tenant };
  } else {
    const user = await selectUser(context.database, { userId: actor.userId, tenantId });
    if (user !== null) return { id: user.id, name: user.name, email: user.email, tenant };
  }
  throw new CoreError("unauthenticated", "This credential has just ended.");
}
