/** Gets every answer of the event and delivery routes that the sweep does not get by itself. */
import { expect } from "vitest";

import { fromNumberId } from "../../../src/core/ids/public-id.ts";
import { finishDelivery } from "../../support/finish-delivery.ts";
import type { TestApi } from "../../support/start-api.ts";

const TENANT = "/v1/tenants/deliveries";

export const deliveryBodies = { simulateOutage: { outage: { seconds: 60 } } };

export async function exerciseDeliveries(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Deliveries", slug: "deliveries" });
  await root.put(`${TENANT}/event-types/invoice.paid`);
  const { body: endpoint } = await root.post(`${TENANT}/endpoints`, { url: "https://example.com/" });
  const { body: event } = await root.post(`${TENANT}/events`, { type: "invoice.paid", data: { n: 1 } });
  expect((await root.get(`${TENANT}/events`)).status).toBe(200);
  expect((await root.get(`${TENANT}/events/${event.id}`)).status).toBe(200);
  expect((await root.get(`${TENANT}/events/${event.id}/data`)).status).toBe(200);

  expect((await root.get(`${TENANT}/events/${event.id}/explain`)).status).toBe(200);

  const stream = await root.get(`${TENANT}/stream`);
  expect([stream.status, stream.text]).toEqual([200, expect.stringMatching(/^id: [\w-]+\n\n$/)]);
  const old = Buffer.from("[1,1,1]").toString("base64url");
  expect((await root.get(`${TENANT}/stream?cursor=${old}`)).status).toBe(410);

  const list = await root.get(`${TENANT}/deliveries?eventId=${event.id}`);
  expect(list.status).toBe(200);
  const one = `${TENANT}/deliveries/${list.body.data[0].id}`;
  const deliveryId = fromNumberId("dlv", list.body.data[0].id) ?? 0;
  await finishDelivery(api, { deliveryId, state: "exhausted", status: 500, body: Buffer.from("no") });
  expect((await root.get(one)).status).toBe(200);
  expect((await root.get(`${one}/explain`)).status).toBe(200);
  expect((await root.post(`${TENANT}/events/${event.id}/resend`)).status).toBe(200);
  expect((await root.post(`${one}/resend`)).status).toBe(200);
  expect((await root.post(`${one}/cancel`)).status).toBe(200);
  expect((await root.post(`${one}/cancel`)).status).toBe(409);

  expect((await root.get(`${TENANT}/endpoints/${endpoint.id}/forecast`)).status).toBe(200);
  expect((await root.get(`${TENANT}/endpoints/${endpoint.id}/forecast?backAt=soon`)).status).toBe(400);
  const simulated = { ...deliveryBodies.simulateOutage, endpointId: endpoint.id };
  expect((await root.post(`${TENANT}/simulations`, simulated)).status).toBe(200);

  await root.post(`${TENANT}/endpoints/${endpoint.id}/disable`);
  expect((await root.get(`${TENANT}/endpoints/${endpoint.id}/forecast`)).status).toBe(409);
  expect((await root.post(`${one}/resend`)).status).toBe(409);
  const named = { endpointIds: [endpoint.id] };
  expect((await root.post(`${TENANT}/events/${event.id}/resend`, named)).status).toBe(409);
  await api.database.query({ name: "test-drop-event", text: "delete from events where id = $1::bigint" }, [
    fromNumberId("evt", event.id),
  ]);
  expect((await root.post(`${one}/resend`)).status).toBe(410);
  expect((await root.post(`${TENANT}/events/${event.id}/resend`)).status).toBe(410);
}
