/**
 * The operations of the contract: where each is and what it says when it succeeds. Every one is a POST. Routing and the
 * conformance table read this one list.
 */

export type OperationId =
  | "getAuthTokens"
  | "getConfig"
  | "updateConfig"
  | "createEndpoint"
  | "listEndpoints"
  | "updateEndpoint"
  | "deleteEndpoint"
  | "getSecret";

export interface Operation {
  readonly id: OperationId;
  readonly path: string;
  readonly success: string;
}

const CONFIG = "/v2/workspace/advancedwebhookconfig";
const ENDPOINTS = "/v2/workspace/advancedwebhook/endpoints";

export const OPERATIONS: readonly Operation[] = [
  {
    id: "getAuthTokens",
    path: "/v2/workspace/authtokens/get",
    success: "Auth tokens retrieved successfully.",
  },
  {
    id: "getConfig",
    path: `${CONFIG}/get`,
    success: "Advanced webhook configuration retrieved successfully.",
  },
  {
    id: "updateConfig",
    path: `${CONFIG}/update`,
    success: "Advanced webhook configuration updated successfully.",
  },
  {
    id: "createEndpoint",
    path: `${ENDPOINTS}/create`,
    success: "Advanced webhook endpoint created successfully.",
  },
  {
    id: "listEndpoints",
    path: `${ENDPOINTS}/get`,
    success: "Advanced webhook endpoints retrieved successfully.",
  },
  {
    id: "updateEndpoint",
    path: `${ENDPOINTS}/update`,
    success: "Advanced webhook endpoint updated successfully.",
  },
  {
    id: "deleteEndpoint",
    path: `${ENDPOINTS}/delete`,
    success: "Advanced webhook endpoint deleted successfully.",
  },
  {
    id: "getSecret",
    path: `${ENDPOINTS}/secret/get`,
    success: "Advanced webhook endpoint secret retrieved successfully.",
  },
];

export function operationOf(id: OperationId): Operation {
  const operation = OPERATIONS.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`there is no operation ${id}`);
  return operation;
}

/** Whether the contract has this path, with or without a slash behind it. */
export function isKnownPath(pathname: string): boolean {
  const path = pathname.replace(/\/$/, "");
  return OPERATIONS.some((operation) => operation.path === path);
}
