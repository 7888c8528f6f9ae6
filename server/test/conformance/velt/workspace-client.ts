/** Speaks Velt's API with the credentials of a workspace, or those a test says, and notes what was answered. */
import { OPERATIONS } from "../../../src/dialects/velt/operations.ts";
import { noteAnswer } from "../report.ts";
import type { Workspace } from "./open-workspace.ts";

export interface VeltAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Typed loosely: fixtures are what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

export interface VeltRequest {
  readonly path: string;
  /** Default POST. */
  readonly method?: string;
  /** Sent as `{"data": …}`. */
  readonly data?: unknown;
  /** Sent as they are, instead of data. */
  readonly bytes?: string;
  /** In place of the workspace's own; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export type VeltClient = (request: VeltRequest) => Promise<VeltAnswer>;

export const CONFIG = "/v2/workspace/advancedwebhookconfig";
export const ENDPOINTS = "/v2/workspace/advancedwebhook/endpoints";
export const AUTH_TOKENS = "/v2/workspace/authtokens/get";

export function clientOf(workspace: Workspace): VeltClient {
  return async ({ path, method = "POST", data, bytes, headers = {} }) => {
    const credentials = {
      "x-velt-api-key": workspace.apiKey,
      "x-velt-auth-token": workspace.authToken,
      "x-velt-workspace-id": workspace.workspaceId,
      "x-velt-workspace-auth-token": workspace.workspaceAuthToken,
    };
    const all = { "content-type": "application/json", ...credentials, ...headers };
    const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
    const body = method === "GET" ? null : (bytes ?? (data === undefined ? null : JSON.stringify({ data })));
    const init: RequestInit = { method, headers: sent, body };
    const response = await fetch(new URL(path, workspace.baseUrl), init);
    const text = await response.text();
    noteAnswer({ dialect: "velt", operation: operationOf(method, path), status: response.status });
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  };
}

function operationOf(method: string, path: string): string {
  const plain = path.replace(/\/$/, "");
  const isKnown = method === "POST" && OPERATIONS.some((operation) => operation.path === plain);
  return isKnown ? plain : `other: ${method} ${path}`;
}
