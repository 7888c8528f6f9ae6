/**
 * The operations of the contract: which paths there are, which of its scopes each needs, and what that is among ours.
 * Routing, the challenge of a missing scope and the conformance table read this one list.
 */
import type { Scope } from "../../core/access/scopes.ts";

export type ContractScope = "webhooks:read" | "webhooks:write";

export interface Operation {
  readonly id: OperationId;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `{id}` is a UUID. */
  readonly path: string;
  /** Null: every credential may ask. */
  readonly scope: ContractScope | null;
  /** The scope of ours that stands for it here. */
  readonly needs: Scope | null;
}

export type OperationId =
  | "listEndpoints"
  | "createEndpoint"
  | "getEndpoint"
  | "updateEndpoint"
  | "deleteEndpoint"
  | "rotateSecret"
  | "testEndpoint"
  | "listDeliveries"
  | "replayDelivery"
  | "streamEvents"
  | "getCaller";

const ROOT = "/api/v1";
const WEBHOOKS = `${ROOT}/webhooks`;
const WEBHOOK = `${WEBHOOKS}/{id}`;
const READ = "webhooks:read";
const WRITE = "webhooks:write";

export const OPERATIONS: readonly Operation[] = [
  { id: "listEndpoints", method: "GET", path: WEBHOOKS, scope: READ, needs: "endpoints:read" },
  { id: "createEndpoint", method: "POST", path: WEBHOOKS, scope: WRITE, needs: "endpoints:write" },
  { id: "getEndpoint", method: "GET", path: WEBHOOK, scope: READ, needs: "endpoints:read" },
  { id: "updateEndpoint", method: "PATCH", path: WEBHOOK, scope: WRITE, needs: "endpoints:write" },
  { id: "deleteEndpoint", method: "DELETE", path: WEBHOOK, scope: WRITE, needs: "endpoints:write" },
  { id: "rotateSecret", method: "POST", path: `${WEBHOOK}/rotate`, scope: WRITE, needs: "secrets:write" },
  { id: "testEndpoint", method: "POST", path: `${WEBHOOK}/test`, scope: WRITE, needs: "endpoints:write" },
  { id: "listDeliveries", method: "GET", path: `${WEBHOOK}/deliveries`, scope: READ, needs: "deliveries:read" },
  {
    id: "replayDelivery",
    method: "POST",
    path: `${WEBHOOKS}/deliveries/{id}/replay`,
    scope: WRITE,
    needs: "deliveries:write",
  },
  { id: "streamEvents", method: "GET", path: `${WEBHOOKS}/events`, scope: READ, needs: "events:read" },
  { id: "getCaller", method: "GET", path: `${ROOT}/me`, scope: null, needs: null },
];

/** Steps that the contract knows are never read as an id. */
const ID = "(?!(?:events|deliveries)(?:/|$))[^/]+";

const PATTERNS = OPERATIONS.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace("{id}", ID)}/?$`),
}));

/** The operation that a request asks for, or null when there is none. A slash at the end says nothing. */
export function findOperation(method: string, path: string): Operation | null {
  const found = PATTERNS.find(({ operation, pattern }) => operation.method === method && pattern.test(path));
  return found?.operation ?? null;
}

/** The operation's path as the router writes it. */
export function routeOf(id: OperationId): string {
  const operation = OPERATIONS.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`there is no operation ${id}`);
  return operation.path.replace("{id}", ":id");
}
