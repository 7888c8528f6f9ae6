/** Gets every answer of the event type routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

export async function exerciseEventTypes(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Types", slug: "types" });
  const path = "/v1/tenants/types/event-types/invoice.paid";
  expect((await root.put(path, { description: "An invoice was paid", example: '{"amount":1}' })).status).toBe(201);
  expect((await root.put(path, {})).status).toBe(200);
  expect((await root.get(path)).status).toBe(200);
  expect((await root.get("/v1/tenants/types/event-types")).status).toBe(200);
  expect((await root.post(`${path}/deprecate`)).status).toBe(200);
}
