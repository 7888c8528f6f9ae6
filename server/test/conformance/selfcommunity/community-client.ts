/** Speaks SelfCommunity's API as an admin of a community, or as whoever a test says, and notes what was answered. */
import { OPERATIONS } from "../../../src/dialects/selfcommunity/operations.ts";
import { noteAnswer } from "../report.ts";
import type { Community } from "./open-community.ts";

export interface CommunityAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; the empty text where there is none. Typed loosely: fixtures are what checks it. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

export interface CommunityRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Sent as they are, instead of a JSON value. */
  readonly bytes?: string;
  /** Default: a token of user 1, an admin. Null: none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type CommunityClient = (request: CommunityRequest) => Promise<CommunityAnswer>;

export const ENDPOINTS = "/api/v2/webhook/endpoint/";

export function clientOf(community: Community): CommunityClient {
  return async ({ method, path, body, bytes, token = community.token(1), headers }) => {
    const payload = bytes ?? (body === undefined ? null : JSON.stringify(body));
    const init: RequestInit = {
      method,
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: payload,
    };
    const response = await fetch(new URL(path, community.baseUrl), init);
    const text = await response.text();
    noteAnswer({ dialect: "selfcommunity", operation: operationOf(method, path), status: response.status });
    return { status: response.status, headers: response.headers, text, body: text === "" ? "" : JSON.parse(text) };
  };
}

/** `GET /api/v2/webhook/endpoint/{id}/`; a path with a method that it does not take stands as it is. */
function operationOf(method: string, path: string): string {
  const pathname = new URL(path, "http://any").pathname.replace(/\/?$/, "/");
  const generic = pathname.replace(/(?<=\/endpoint\/)(?!event\/|search\/)[^/]+/, "{id}");
  const isKnown = OPERATIONS.some((operation) => operation.method === method && operation.path === generic);
  return isKnown ? `${method} ${generic}` : `other method: ${generic}`;
}
