/**
 * Ends the overlap of an endpoint now: every retiring version is expired and wiped, the active one signs alone. Asked
 * again, it finds nothing and says so.
 */
import { listStandingSecrets } from "../../db/queries/list-standing-secrets.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { moveSecretVersions } from "../../db/queries/move-secret-versions.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { decideExpiry } from "./secret-lifecycle.ts";

/** Resolves to the numbers of the versions that were ended. Throws `scope_required`, `not_found`. */
export async function expireSecrets({
  context,
  actor,
  tenantId,
  endpointId,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}): Promise<{ readonly expired: readonly number[] }> {
  requireScope(actor, tenantId, "secrets:write");
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const endpoint = await lockEndpoint(transaction, { tenantId, endpointId });
    if (endpoint === null) throw endpointNotFound();
    const standing = await listStandingSecrets(transaction, endpointId);
    const versions = standing.map((row) => ({ number: row.number, state: row.state, expiresAt: row.expires_at }));
    const moves = decideExpiry({ versions, now });
    await moveSecretVersions(transaction, { endpointId, moves });
    return { expired: moves.map((move) => move.number) };
  });
}
