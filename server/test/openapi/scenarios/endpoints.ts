/** Gets every answer of the endpoint routes that the sweep does not get by itself. */
import { expect } from "vitest";

import { fromUuidId } from "../../../src/core/ids/public-id.ts";
import { ENDPOINTS_A_TENANT_MAX } from "../../../src/core/endpoints/create-endpoint.ts";
import type { TestApi } from "../../support/start-api.ts";

const URL = "https://example.com/webhooks";

export const endpointBodies = { createEndpoint: { url: URL } };

export async function exerciseEndpoints(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Endpoints", slug: "endpoints" });
  const path = "/v1/tenants/endpoints/endpoints";
  const created = await root.post(path, { url: URL, headers: { "x-a": "1" }, metadata: { a: 1 } });
  expect(created.status).toBe(201);
  expect((await root.post(path, { url: URL, eventTypes: ["not.registered"] })).status).toBe(422);
  expect((await root.get(path)).status).toBe(200);

  const one = `${path}/${created.body.id}`;
  expect((await root.get(one)).status).toBe(200);
  expect((await root.patch(one, { description: "changed" })).status).toBe(200);
  expect((await root.patch(one, { eventTypes: ["not.registered"] })).status).toBe(422);
  for (const act of ["pause", "resume", "disable", "enable", "test"]) {
    expect((await root.post(`${one}/${act}`)).status, act).toBe(200);
  }

  expect((await root.post(`${one}/disable`)).status).toBe(200);
  for (const act of ["pause", "test"]) expect((await root.post(`${one}/${act}`)).status, act).toBe(409);
  await fill(api, created.body.id);
  expect((await root.post(path, { url: URL })).body.code).toBe("limit_reached");
  expect((await root.delete(one)).status).toBe(204);
}

/** Brings the endpoint's tenant to its limit. */
async function fill(api: TestApi, endpointId: string): Promise<void> {
  await api.database.query(
    {
      name: "test-fill-tenant",
      text: `insert into endpoints (id, tenant_id, url, status_changed_at, route_keys, profile, created_at, updated_at)
        select gen_random_uuid(), tenant_id, url, created_at, '{}', profile, created_at, updated_at
        from endpoints, generate_series(1, $2::integer) where id = $1::uuid`,
    },
    [fromUuidId("ep", endpointId), ENDPOINTS_A_TENANT_MAX - 1],
  );
}
