/** Creates an API key. Its token is in this result and nowhere else: stored is its SHA-256. */
import { randomUUID } from "node:crypto";

import { insertApiKey } from "../../db/queries/insert-api-key.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { type ApiKeyForm, createToken, hashToken, hintOfToken } from "../access/api-key-token.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { type ApiKey, checkApiKey, orderScopes, requireGrantable, toApiKey, toApiKeyAudit } from "./api-key.ts";

export interface CreateApiKeyInput {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null or left out: the key does not expire. */
  readonly expiresAt?: Date | null | undefined;
  /** How the token looks; it acts the same in every form. Ours when left out. */
  readonly form?: ApiKeyForm | undefined;
}

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  readonly token: string;
}

/** Throws `not_found`, `scope_required` (also for a scope that the actor lacks), `validation_failed`. */
export async function createApiKey({
  context,
  actor,
  tenantId,
  input,
  keepAnswer,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: CreateApiKeyInput;
  readonly keepAnswer?: KeepAnswer<CreatedApiKey> | undefined;
}): Promise<CreatedApiKey> {
  requireScope(actor, tenantId, "api-keys:write");
  const now = context.clock.now();
  refuseProblems(checkApiKey(input, now));
  const scopes = orderScopes(input.scopes);
  requireGrantable(actor, scopes);

  const token = createToken(undefined, input.form);
  const { database, keyRing } = context;
  return database.transaction(async (transaction) => {
    const row = await insertApiKey(transaction, {
      id: randomUUID(),
      tenantId,
      name: input.name,
      hash: hashToken(token),
      hint: hintOfToken(token),
      scopes,
      expiresAt: input.expiresAt ?? null,
      now,
    });
    if (row === null) throw new CoreError("not_found", "There is no such tenant.");
    const created = { apiKey: toApiKey(row), token };
    await keepAnswer?.(transaction, created);
    const after = toApiKeyAudit(created.apiKey);
    const subject = `api_key:${created.apiKey.id}` as const;
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "api_key.create", subject, after, now });
    return created;
  });
}
