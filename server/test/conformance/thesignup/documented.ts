/** Which statuses the contract documents for each of its operations (sections 2, 3 and 5 of its specification). */
import { OPERATIONS, type Operation, type OperationId } from "../../../src/dialects/thesignup/operations.ts";

/** Beside what every operation answers. */
const STATUSES: Readonly<Record<OperationId, readonly number[]>> = {
  listEndpoints: [200],
  createEndpoint: [201, 400, 402, 409, 422],
  getEndpoint: [200, 422],
  updateEndpoint: [200, 400, 409, 422],
  deleteEndpoint: [204, 422],
  rotateSecret: [200, 409, 422],
  testEndpoint: [200, 409, 422],
  listDeliveries: [200, 422],
  replayDelivery: [200, 409, 422],
  streamEvents: [200, 422],
  getCaller: [200],
};

/** What the contract's command line logs in with (section 2.1): served at the site origin, for every dialect. */
const OAUTH: readonly (readonly [operation: string, statuses: readonly number[]])[] = [
  ["POST /oauth/device_authorization", [200, 400, 429]],
  ["POST /oauth/token", [200, 400, 429]],
  ["POST /oauth/revoke", [200, 400, 429]],
];

/** Operations by `GET /path`, each with its statuses. */
export const DOCUMENTED: ReadonlyMap<string, readonly number[]> = new Map([
  ...OPERATIONS.map((operation) => [`${operation.method} ${operation.path}`, statusesOf(operation)] as const),
  ...OAUTH,
]);

function statusesOf({ id, path, scope }: Operation): number[] {
  return [...STATUSES[id], 401, ...(scope === null ? [] : [403]), ...(path.includes("{id}") ? [404] : []), 429];
}
