/** Which statuses the contract documents for each of its operations (sections 1, 2 and 3 of its specification). */
import { type OperationId, OPERATIONS } from "../../../src/dialects/velt/operations.ts";

const NAMES_A_THING: readonly OperationId[] = ["getAuthTokens", "updateEndpoint", "deleteEndpoint", "getSecret"];

/** Operations by path, each with its statuses. */
export const DOCUMENTED: ReadonlyMap<string, readonly number[]> = new Map(
  OPERATIONS.map(({ id, path }) => [
    path,
    [200, 400, 403, ...(NAMES_A_THING.includes(id) ? [404] : []), ...(id === "createEndpoint" ? [409] : [])],
  ]),
);
