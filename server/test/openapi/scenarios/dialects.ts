/** Gets every answer of the dialect routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

export async function exerciseDialects(api: TestApi): Promise<void> {
  const root = api.client();
  for (const slug of ["dialects", "other-dialects"]) await root.post("/v1/tenants", { name: slug, slug });
  const path = "/v1/tenants/dialects/dialects";
  const one = `${path}/selfcommunity`;
  expect((await root.get(one)).status).toBe(404);
  expect((await root.delete(one)).status).toBe(404);
  expect((await root.put(one, { hosts: ["Not A Host"] })).status).toBe(400);
  expect((await root.put(one, { hosts: ["community.example.com"] })).status).toBe(201);
  expect((await root.put(one, {})).status).toBe(200);
  expect((await root.get(one)).status).toBe(200);
  expect((await root.get(path)).status).toBe(200);
  const foreign = "/v1/tenants/other-dialects/dialects/selfcommunity";
  expect((await root.put(foreign, { hosts: ["community.example.com"] })).status).toBe(409);
  expect((await root.delete(one)).status).toBe(204);

  const velt = `${path}/velt`;
  expect((await root.put(velt, { hosts: ["velt.example.com"] })).status).toBe(400);
  expect((await root.put(velt, { authTokens: [{ token: "short" }] })).status).toBe(400);
  expect((await root.put(velt, { apiKey: "openapi-key" })).status).toBe(201);
  expect((await root.put(velt, { available: false })).status).toBe(200);
  expect((await root.put(foreign.replace("selfcommunity", "velt"), { apiKey: "openapi-key" })).status).toBe(409);
}
