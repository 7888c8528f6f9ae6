/** Revokes an API key: it is refused from the next request on, on every node. A key may revoke itself. */
import { lockApiKey } from "../../db/queries/lock-api-key.ts";
import { revokeApiKey as revokeApiKeyRow } from "../../db/queries/revoke-api-key.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { toApiKey, toApiKeyAudit } from "./api-key.ts";

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
  const { database, clock, keyRing } = context;
  const now = clock.now();
  await database.transaction(async (transaction) => {
    const row = await lockApiKey(transaction, { id: keyId, tenantId });
    if (row === null) throw new CoreError("not_found", "There is no such API key.");
    await revokeApiKeyRow(transaction, { id: keyId, tenantId, now });
    const before = toApiKeyAudit(toApiKey(row));
    const subject = `api_key:${keyId}` as const;
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "api_key.revoke", subject, before, now });
  });
}
