/** A tenant's API key as it can be shown: never its token, which exists only in the answer that created it. */
import type { ApiKeyRow } from "../../db/queries/insert-api-key.ts";
import type { Actor } from "../access/actor.ts";
import { isScope, type Scope, SCOPES } from "../access/scopes.ts";
import type { AuditState } from "../audit/audit-row.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";

export interface ApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  /** The token's last four characters. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
}

export const API_KEY_NAME_CHARACTERS_MAX = 256;

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes.filter(isScope),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}

/** What is recorded of a key before and after a change. */
export function toApiKeyAudit({ name, hint, scopes, expiresAt }: ApiKey): AuditState {
  return { name, hint, scopes, expiresAt: expiresAt?.toISOString() ?? null };
}

/** Every mistake in the members that are given. */
export function checkApiKey(
  input: {
    readonly name?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    readonly expiresAt?: Date | null | undefined;
  },
  now: Date,
): InputProblem[] {
  const problems: InputProblem[] = [];
  if (input.name !== undefined) {
    const characters = [...input.name].length;
    if (characters < 1 || characters > API_KEY_NAME_CHARACTERS_MAX) {
      const message = `A name has 1 to ${API_KEY_NAME_CHARACTERS_MAX} characters.`;
      problems.push({ path: "/name", code: "out_of_bounds", message });
    }
  }
  if (input.scopes !== undefined) {
    if (input.scopes.length === 0) {
      problems.push({ path: "/scopes", code: "out_of_bounds", message: "A key needs at least one scope." });
    }
    for (const [index, scope] of input.scopes.entries()) {
      if (isScope(scope)) continue;
      const message = `There is no such scope. The scopes are ${SCOPES.join(", ")}.`;
      problems.push({ path: `/scopes/${index}`, code: "invalid_value", message });
    }
  }
  // `!(… > now)` also refuses an invalid date.
  if (input.expiresAt != null && !(input.expiresAt > now)) {
    problems.push({ path: "/expiresAt", code: "out_of_bounds", message: "The end of a key lies in the future." });
  }
  return problems;
}

/** Without repetitions, in the order of the list of scopes. */
export function orderScopes(scopes: readonly string[]): Scope[] {
  return SCOPES.filter((scope) => scopes.includes(scope));
}

/**
 * Whoever makes or changes a key hands out only what they hold, so that no chain of keys ends with more than the first
 * had. Throws `scope_required`.
 */
export function requireGrantable(actor: Actor, scopes: readonly Scope[]): void {
  if (actor.kind === "root") return;
  const missing = scopes.filter((scope) => !actor.scopes.includes(scope));
  if (missing.length === 0) return;
  throw new CoreError(
    "scope_required",
    `You cannot give a key the scopes ${missing.join(", ")}: you lack them yourself.`,
  );
}
