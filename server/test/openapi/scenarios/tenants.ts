/** Gets every answer of the tenant routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

/** Bodies that pass the schemas, by operation; `{}` where none is named. */
export const tenantBodies = { createTenant: { name: "Swept" } };

export async function exerciseTenants(api: TestApi): Promise<void> {
  const root = api.client();
  const created = await root.post("/v1/tenants", { name: "Exercised", slug: "exercised", metadata: { a: [1, "x"] } });
  expect(created.status).toBe(201);
  expect((await root.post("/v1/tenants", { name: "Again", slug: "exercised" })).status).toBe(409);
  expect((await root.get("/v1/tenants")).status).toBe(200);
  expect((await root.get("/v1/tenants/exercised")).status).toBe(200);
  expect((await root.patch("/v1/tenants/exercised", { name: "Renamed" })).status).toBe(200);
  expect((await root.delete("/v1/tenants/exercised")).status).toBe(204);
}
