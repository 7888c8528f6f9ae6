/** Revokes an API key: it is refused from the next request on, on every node. A key may revoke itself. */
import { revokeApiKey as revokeApiKeyRow } from "../../db/queries/revoke-api-key.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

/** Throws `not_found` (also when it was revoked before), `scope_required`. */
export async function revokeApiKey({
  context,
  actor,
  tenantId,
  keyId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly keyId: string;
}): Promise<void> {
  requireScope(actor, tenantId, "api-keys:write");
  const revoked = await revokeApiKeyRow(context.database, { id: keyId, tenantId, now: context.clock.now() });
  if (!revoked) throw new CoreError("not_found", "There is no such API key.");
}
