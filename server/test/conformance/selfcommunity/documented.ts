/** Which statuses the contract documents for each of its operations (sections 2, 3 and 6 of its specification). */
import { OPERATIONS, type Operation } from "../../../src/dialects/selfcommunity/operations.ts";

const SUCCESS: Readonly<Record<Operation["id"], number>> = {
  listEndpoints: 200,
  listEventTypes: 200,
  searchEndpoints: 200,
  createEndpoint: 201,
  getEndpoint: 200,
  replaceEndpoint: 200,
  changeEndpoint: 200,
  deleteEndpoint: 204,
  listAttempts: 200,
  expireSecret: 200,
  revealSecret: 201,
  resendEvent: 204,
  resendEvents: 204,
  verifyToken: 200,
};

/** Operations by `GET /path/`, each with its statuses. */
export const DOCUMENTED: ReadonlyMap<string, readonly number[]> = new Map(
  OPERATIONS.map((operation) => [`${operation.method} ${operation.path}`, statusesOf(operation)]),
);

function statusesOf({ id, method, path }: Operation): number[] {
  const takesBody = method !== "GET" && method !== "DELETE";
  const isOfCaller = id !== "verifyToken";
  return [
    SUCCESS[id],
    ...(takesBody ? [400] : []),
    401,
    ...(isOfCaller ? [403] : []),
    ...(path.includes("{id}") ? [404] : []),
    406,
  ];
}
