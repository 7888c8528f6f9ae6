/**
 * Shows the tokens that callers of a dialect act by, to whoever holds the workspace's own: the contract promises it. The
 * act is in the audit log, committed, before a value leaves.
 */
import { listDialectTokens } from "../../db/queries/list-dialect-tokens.ts";
import { listDialects } from "../../db/queries/list-dialects.ts";
import type { DialectActor } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import type { AuthToken, DialectName } from "./dialect.ts";
import { dialectTokenIdentity } from "./dialect-token.ts";

/** `apiKey` must be the tenant's. Throws `scope_required`, `not_found`, and KeyUnavailableError. */
export async function showDialectTokens({
  context,
  actor,
  dialect,
  apiKey,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing">;
  readonly actor: DialectActor;
  readonly dialect: DialectName;
  readonly apiKey: string;
}): Promise<Required<AuthToken>[]> {
  const { tenantId } = actor;
  if (actor.proof !== "workspace") throw new CoreError("scope_required", "This needs the token of the workspace.");
  const { keyRing } = context;
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const [row] = await listDialects(transaction, { tenantId, name: dialect });
    if (row?.api_key !== apiKey) throw new CoreError("not_found", "This tenant has no such API key.");
    const tokens = (await listDialectTokens(transaction, { tenantId, dialect, kind: "api" })).map((token) => {
      const sealed = { keyId: token.encryption_key_id, bytes: token.sealed };
      return { token: keyRing.open(sealed, dialectTokenIdentity(token.id)).toString(), name: token.name };
    });
    const record = { tenantId, actor, action: "dialect.show_tokens", subject: `dialect:${dialect}` } as const;
    await appendAudit(transaction, { ...record, keyRing, after: { tokens: tokens.length }, now });
    return tokens;
  });
}
