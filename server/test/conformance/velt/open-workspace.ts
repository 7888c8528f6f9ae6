/** A tenant of a test's own that speaks Velt: a workspace with an API key, in whichever state the test asks for. */
import { expect } from "vitest";

import type { TestServer } from "../../support/start-server.ts";

export interface Workspace {
  readonly baseUrl: string;
  readonly tenant: string;
  /** Of the tenant in the native API. */
  readonly path: string;
  readonly apiKey: string;
  readonly authToken: string;
  readonly workspaceId: string;
  readonly workspaceAuthToken: string;
  /** Publishes through the native API; resolves to how many deliveries were made. */
  publish(type: string, data: string, channels?: readonly string[]): Promise<number>;
  /** Publishes and resolves to the event's id. */
  publishEvent(type: string, data: string): Promise<string>;
}

export type WorkspaceState = "enabled" | "disabled" | "never_configured" | "not_available";

export async function openWorkspace(world: TestServer, state: WorkspaceState = "enabled"): Promise<Workspace> {
  const root = world.client();
  const created = await root.post("/v1/tenants", { name: "Workspace" });
  expect(created.status, created.text).toBe(201);
  const tenant = created.body.slug as string;
  const path = `/v1/tenants/${tenant}`;
  const dialect = await root.put(`${path}/dialects/velt`, state === "not_available" ? { available: false } : {});
  expect(dialect.status, dialect.text).toBe(201);
  const { apiKey, authToken, workspaceId, workspaceAuthToken } = dialect.body;

  const publish = async (type: string, data: string, channels?: readonly string[]) => {
    const more = channels === undefined ? "" : `"channels":${JSON.stringify(channels)},`;
    const answer = await root.post(`${path}/events`, undefined, { bytes: `{"type":"${type}",${more}"data":${data}}` });
    expect(answer.status, answer.text).toBe(202);
    return answer.body as { readonly id: string; readonly deliveries: number };
  };
  const workspace: Workspace = {
    baseUrl: world.server.url,
    tenant,
    path,
    apiKey,
    authToken,
    workspaceId,
    workspaceAuthToken,
    publish: async (type, data, channels) => (await publish(type, data, channels)).deliveries,
    publishEvent: async (type, data) => (await publish(type, data)).id,
  };
  for (const isEnabled of state === "enabled" ? [true] : state === "disabled" ? [true, false] : []) {
    await configure(workspace, { isEnabled });
  }
  return workspace;
}

/** Writes the configuration of the workspace, through the contract. */
export async function configure(workspace: Workspace, data: object): Promise<void> {
  const response = await fetch(new URL("/v2/workspace/advancedwebhookconfig/update", workspace.baseUrl), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-velt-api-key": workspace.apiKey,
      "x-velt-auth-token": workspace.authToken,
    },
    body: JSON.stringify({ data }),
  });
  expect(response.status, await response.text()).toBe(200);
}
