/** A tenant of a scenario's own, made over the API, with an API key and its event types. */
import { SCOPES } from "../../server/src/core/access/scopes.ts";
import type { PublishTarget } from "../processes/request-writer.ts";
import type { Posthorn } from "../targets/posthorn.ts";

export interface SiteEndpoint {
  readonly id: string;
  /** Of its first version. */
  readonly secret: string;
}

export interface SiteTenant {
  readonly id: string;
  /** Where its events are published, with its key. */
  target(kind?: "single" | "batch"): PublishTarget;
  endpoint(endpoint: EndpointInput): Promise<SiteEndpoint>;
  /** Calls the API with the tenant's key; `path` is below the tenant. Throws for anything but a success. */
  call<Body>(method: string, path: string, body?: object): Promise<Body>;
}

export interface EndpointInput {
  readonly url: string;
  readonly maxInFlight?: number;
  readonly eventTypes?: readonly string[];
  readonly retryWaits?: readonly number[];
  readonly timeoutMs?: number;
}

/** @param posthorn the server now; a restarted one has another address. */
export async function createSiteTenant(posthorn: () => Posthorn, types: readonly string[]): Promise<SiteTenant> {
  const asRoot = <Body>(method: string, path: string, body: object): Promise<Body> =>
    callApi({ posthorn: posthorn(), token: posthorn().rootKey, method, path, body });
  const { id, slug } = await asRoot<{ id: string; slug: string }>("POST", "/v1/tenants", { name: "Bench" });
  const path = `/v1/tenants/${slug}`;
  const { token } = await asRoot<{ token: string }>("POST", `${path}/api-keys`, { name: "Bench", scopes: SCOPES });
  for (const type of types) await asRoot("PUT", `${path}/event-types/${type}`, {});
  const call = <Body>(method: string, below: string, body?: object): Promise<Body> =>
    callApi({ posthorn: posthorn(), token, method, path: `${path}${below}`, body });
  return {
    id,
    target: (kind = "single") => ({
      url: `${posthorn().url}${path}/events${kind === "batch" ? "/batch" : ""}`,
      servers: posthorn().urls,
      headers: { authorization: `Bearer ${token}` },
    }),
    endpoint: (endpoint) => call("POST", "/endpoints", endpoint),
    call,
  };
}

async function callApi<Body>(request: {
  readonly posthorn: Posthorn;
  readonly token: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object | undefined;
}): Promise<Body> {
  const { posthorn, token, method, path, body } = request;
  const response = await fetch(`${posthorn.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Body;
}
