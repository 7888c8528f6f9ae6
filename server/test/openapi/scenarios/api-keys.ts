/** Gets every answer of the API key routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

export const apiKeyBodies = { createApiKey: { name: "Swept", scopes: ["events:read"] } };

export async function exerciseApiKeys(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Keys", slug: "keys" });
  const path = "/v1/tenants/keys/api-keys";
  const created = await root.post(path, { name: "One", scopes: ["events:publish"] });
  expect(created.status).toBe(201);
  expect((await root.get(path)).status).toBe(200);
  expect((await root.patch(`${path}/${created.body.id}`, { name: "Two" })).status).toBe(200);
  expect((await root.delete(`${path}/${created.body.id}`)).status).toBe(204);
}
