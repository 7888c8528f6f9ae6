/**
 * The operations of the contract: which paths there are and which methods each takes. Routing, `405` with `Allow` and
 * the conformance table read this one list. Every path ends with a slash.
 */

export interface Operation {
  readonly id: OperationId;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `{id}` is a positive integer. */
  readonly path: string;
}

export type OperationId =
  | "listEndpoints"
  | "listEventTypes"
  | "searchEndpoints"
  | "createEndpoint"
  | "getEndpoint"
  | "replaceEndpoint"
  | "changeEndpoint"
  | "deleteEndpoint"
  | "listAttempts"
  | "expireSecret"
  | "revealSecret"
  | "resendEvent"
  | "resendEvents"
  | "verifyToken";

const ENDPOINTS = "/api/v2/webhook/endpoint/";
const ENDPOINT = `${ENDPOINTS}{id}/`;

/** Literal steps stand before `{id}`, though an id is never one of them. */
export const OPERATIONS: readonly Operation[] = [
  { id: "listEndpoints", method: "GET", path: ENDPOINTS },
  { id: "listEventTypes", method: "GET", path: `${ENDPOINTS}event/` },
  { id: "searchEndpoints", method: "GET", path: `${ENDPOINTS}search/` },
  { id: "createEndpoint", method: "POST", path: ENDPOINTS },
  { id: "getEndpoint", method: "GET", path: ENDPOINT },
  { id: "replaceEndpoint", method: "PUT", path: ENDPOINT },
  { id: "changeEndpoint", method: "PATCH", path: ENDPOINT },
  { id: "deleteEndpoint", method: "DELETE", path: ENDPOINT },
  { id: "listAttempts", method: "GET", path: `${ENDPOINT}attempt/` },
  { id: "expireSecret", method: "POST", path: `${ENDPOINT}secret/expire/` },
  { id: "revealSecret", method: "POST", path: `${ENDPOINT}secret/reveal/` },
  { id: "resendEvent", method: "POST", path: `${ENDPOINT}event/resend/` },
  { id: "resendEvents", method: "POST", path: `${ENDPOINT}event/resend/bulk/` },
  { id: "verifyToken", method: "POST", path: "/api/v2/jwt/verify_token/" },
];

export interface KnownPath {
  readonly path: string;
  /** As `Allow` lists them. */
  readonly methods: readonly string[];
  /** Whether the request's path lacks the slash that the contract's ends with. */
  readonly lacksSlash: boolean;
}

const PATTERNS = [...Map.groupBy(OPERATIONS, ({ path }) => path)].map(([path, operations]) => {
  const methods = operations.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return { path, methods, pattern: new RegExp(`^${path.replace("{id}", "[1-9]\\d*")}$`) };
});

/** The path of the contract that a request's path is, or null when it is none. */
export function findKnownPath(requestPath: string): KnownPath | null {
  const lacksSlash = !requestPath.endsWith("/");
  const slashed = lacksSlash ? `${requestPath}/` : requestPath;
  const known = PATTERNS.find(({ pattern }) => pattern.test(slashed));
  return known === undefined ? null : { path: known.path, methods: known.methods, lacksSlash };
}

/** The operation's path as the router writes it, which pays no regard to a slash at the end. */
export function routeOf(id: OperationId): string {
  const operation = OPERATIONS.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`there is no operation ${id}`);
  return operation.path.slice(0, -1).replace("{id}", ":id");
}
