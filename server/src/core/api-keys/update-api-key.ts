/**
 * Changes an API key's name, scopes or end. An API key may leave another only with scopes it has itself: otherwise it
 * could prolong, or add to, a key that is stronger than it.
 */
import { lockApiKey } from "../../db/queries/lock-api-key.ts";
import { updateApiKey as updateApiKeyRow } from "../../db/queries/update-api-key.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { type ApiKey, checkApiKey, orderScopes, requireGrantable, toApiKey, toApiKeyAudit } from "./api-key.ts";

export interface UpdateApiKeyInput {
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Null takes the end away. */
  readonly expiresAt?: Date | null | undefined;
}

/** Throws `not_found`, `scope_required`, `validation_failed`. */
export async function updateApiKey({
  context,
  actor,
  tenantId,
  keyId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly keyId: string;
  readonly input: UpdateApiKeyInput;
}): Promise<ApiKey> {
  requireScope(actor, tenantId, "api-keys:write");
  const now = context.clock.now();
  refuseProblems(checkApiKey(input, now));

  return context.database.transaction(async (transaction) => {
    const row = await lockApiKey(transaction, { id: keyId, tenantId });
    if (row === null) throw new CoreError("not_found", "There is no such API key.");
    const before = toApiKey(row);
    const after: ApiKey = {
      ...before,
      name: input.name ?? before.name,
      scopes: input.scopes === undefined ? before.scopes : orderScopes(input.scopes),
      expiresAt: input.expiresAt === undefined ? before.expiresAt : input.expiresAt,
    };
    requireGrantable(actor, after.scopes);
    await updateApiKeyRow(transaction, after);
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: "api_key.update",
      subject: `api_key:${keyId}`,
      before: toApiKeyAudit(before),
      after: toApiKeyAudit(after),
      now,
    });
    return after;
  });
}
