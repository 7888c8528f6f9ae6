/** Gets every answer of the recovery routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

const TENANT = "/v1/tenants/recoveries";

export async function exerciseRecoveries(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Recoveries", slug: "recoveries" });
  const { body: endpoint } = await root.post(`${TENANT}/endpoints`, { url: "https://example.com/" });
  expect((await root.post(`${TENANT}/recoveries/preview`, { outcomes: ["failed"] })).status).toBe(200);
  const started = await root.post(`${TENANT}/recoveries`, { endpointIds: [endpoint.id], order: "newest_first" });
  expect(started.status).toBe(201);
  expect((await root.get(`${TENANT}/recoveries`)).status).toBe(200);
  const one = `${TENANT}/recoveries/${started.body.id}`;
  expect((await root.get(one)).status).toBe(200);
  for (const act of ["pause", "resume", "cancel"]) expect((await root.post(`${one}/${act}`)).status, act).toBe(200);
  for (const act of ["pause", "resume"]) expect((await root.post(`${one}/${act}`)).body.code).toBe("wrong_state");
  await root.post(`${TENANT}/endpoints/${endpoint.id}/disable`);
  const refused = await root.post(`${TENANT}/recoveries`, { endpointIds: [endpoint.id] });
  expect([refused.status, refused.body.code]).toEqual([409, "endpoint_disabled"]);
}
