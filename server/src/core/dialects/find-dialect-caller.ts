/**
 * Who calls a dialect that knows keys and tokens: the key names the tenant, the token proves that the caller may act
 * there. Nothing is cached: a token that is taken away, and a dialect that is switched off, count from the next request.
 */
import { findDialectCaller as findRow } from "../../db/queries/find-dialect-caller.ts";
import type { DialectKeyKind } from "../../db/queries/put-dialect-key.ts";
import type { DialectActor } from "../access/actor.ts";
import type { Scope } from "../access/scopes.ts";
import { hashToken } from "../access/token-form.ts";
import type { CoreContext } from "../context.ts";
import type { DialectName } from "./dialect.ts";

/** What a contract with one kind of caller lets each do; the workspace's own token shows the others, and no more. */
const SCOPES: Readonly<Record<DialectKeyKind, readonly Scope[]>> = {
  api: ["endpoints:read", "endpoints:write", "secrets:reveal"],
  workspace: [],
};

export type FoundCaller =
  | { readonly kind: "actor"; readonly actor: DialectActor }
  | { readonly kind: "unknown_key" }
  | { readonly kind: "unknown_token" };

export async function findDialectCaller({
  context,
  dialect,
  proof,
  key,
  token,
  address,
  requestId,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly dialect: DialectName;
  readonly proof: DialectKeyKind;
  readonly key: string;
  readonly token: string;
  readonly address: string | null;
  readonly requestId: string;
}): Promise<FoundCaller> {
  const row = await findRow(context.database, { dialect, kind: proof, key, hash: hashToken(token) });
  if (row === null) return { kind: "unknown_key" };
  if (row.token_id === null) return { kind: "unknown_token" };
  const { tenant_id: tenantId, token_id: tokenId } = row;
  return {
    kind: "actor",
    actor: { kind: "dialect", dialect, proof, tokenId, tenantId, scopes: SCOPES[proof], address, requestId },
  };
}
