/**
 * Who acts. `root` may do everything in every tenant; an `api_key` acts in its own tenant, within its scopes.
 * `requireScope` is the first line of every verb: another tenant's thing is not found, a missing scope is said.
 */
import { CoreError } from "../errors/core-error.ts";
import type { Scope } from "./scopes.ts";

export type Actor =
  | { readonly kind: "root"; readonly address: string | null }
  | {
      readonly kind: "api_key";
      readonly keyId: string;
      readonly tenantId: string;
      readonly scopes: readonly Scope[];
      readonly address: string | null;
    };

/** Throws `not_found` when the tenant is not the actor's, `scope_required` when the scope is missing. */
export function requireScope(actor: Actor, tenantId: string, scope: Scope): void {
  if (actor.kind === "root") return;
  if (actor.tenantId !== tenantId) throw new CoreError("not_found", "There is no such tenant.");
  if (!actor.scopes.includes(scope)) {
    throw new CoreError("scope_required", `This API key lacks the scope ${scope}. Use a key that has it.`);
  }
}

/** Throws `scope_required` unless the root key acts. */
export function requireRoot(actor: Actor): void {
  if (actor.kind !== "root") {
    throw new CoreError("scope_required", "This call needs the root key.");
  }
}

/** How the actor stands in records: `root`, or `api_key:<uuid>`. */
export function actorName(actor: Actor): string {
  return actor.kind === "root" ? "root" : `api_key:${actor.keyId}`;
}
