/**
 * Who acts. `root` may do everything in every tenant; an `api_key` acts in its own tenant, within its scopes; a `user`
 * in theirs, within the scopes of their role, and of the program that they let act for them; a `dialect` token in its own,
 * within those of its contract. `requireScope` is the first line of every verb: another tenant's thing is not found, a
 * missing scope is said.
 */
import { CoreError } from "../errors/core-error.ts";
import { type Role, ROLE_SCOPES } from "./roles.ts";
import type { Scope } from "./scopes.ts";

interface Caller {
  readonly address: string | null;
  /** The id of the request, for the records; left out where there is no request. */
  readonly requestId?: string;
}

export interface RootActor extends Caller {
  readonly kind: "root";
}

export interface ApiKeyActor extends Caller {
  readonly kind: "api_key";
  readonly keyId: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
}

export interface UserActor extends Caller {
  readonly kind: "user";
  readonly userId: string;
  /** Null where the user acts by a token that a dialect checks, without a session of ours. */
  readonly sessionId: string | null;
  readonly tenantId: string;
  readonly role: Role;
  /** Those of the role; of a device login those of them that its program was given. */
  readonly scopes: readonly Scope[];
  /** When the user last gave the password; a refresh does not move it. Null where that is not known, and of a device login. */
  readonly authenticatedAt: Date | null;
}

/** A program that proved by a token of its tenant's dialect that it may act there. */
export interface DialectActor extends Caller {
  readonly kind: "dialect";
  readonly dialect: string;
  /** What the token is for: the operations of the contract, or the tokens themselves. */
  readonly proof: "api" | "workspace";
  readonly tokenId: string;
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
}

/** Who shows a bearer token of ours. */
export type BearerActor = RootActor | ApiKeyActor | UserActor;

export type Actor = BearerActor | DialectActor;

/** Somebody who has not proved to be anybody: what they try is recorded, but they may do nothing. */
export interface AnonymousCaller extends Caller {
  readonly kind: "anonymous";
}

/** Throws `not_found` when the tenant is not the actor's, `scope_required` when the scope is missing. */
export function requireScope(actor: Actor, tenantId: string, scope: Scope): void {
  if (actor.kind === "root") return;
  if (actor.tenantId !== tenantId) throw new CoreError("not_found", "There is no such tenant.");
  if (actor.scopes.includes(scope)) return;
  throw new CoreError(
    "scope_required",
    actor.kind === "user" ? lackOfUser(actor, scope) : `This API key lacks the scope ${scope}. Use a key that has it.`,
  );
}

function lackOfUser({ role }: UserActor, scope: Scope): string {
  const roleHolds = ROLE_SCOPES[role].includes(scope);
  if (roleHolds) return `This login was not given the scope ${scope}. Log in again, and ask for it.`;
  return `The role ${role} lacks the scope ${scope}. Ask an admin of the tenant.`;
}

/** One of several scopes is enough: whoever may change a thing may be shown it. Throws as `requireScope`. */
export function requireOneScope(actor: Actor, tenantId: string, scopes: readonly [Scope, ...Scope[]]): void {
  const held = actor.kind === "root" ? undefined : scopes.find((scope) => actor.scopes.includes(scope));
  requireScope(actor, tenantId, held ?? scopes[0]);
}

/** Throws `scope_required` unless the root key acts. */
export function requireRoot(actor: Actor): void {
  if (actor.kind !== "root") {
    throw new CoreError("scope_required", "This call needs the root key.");
  }
}

/** How the actor stands in records: `root`, `anonymous`, `api_key:<uuid>`, `user:<uuid>` or `dialect:<name>:<uuid>`. */
export function actorName(actor: Actor | AnonymousCaller): string {
  switch (actor.kind) {
    case "root":
    case "anonymous":
      return actor.kind;
    case "api_key":
      return `api_key:${actor.keyId}`;
    case "user":
      return `user:${actor.userId}`;
    case "dialect":
      return `dialect:${actor.dialect}:${actor.tokenId}`;
  }
}
