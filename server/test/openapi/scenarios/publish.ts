/** Gets every answer of the publish routes that the sweep does not get by itself, but 503: see the coverage test. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

const TOO_LARGE = `"${"x".repeat(262_144)}"`;

export const publishBodies = {
  publishEvent: { type: "swept.type", data: {} },
  publishBatch: { events: [{ type: "swept.type", data: {} }] },
};

export async function exercisePublish(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Publish", slug: "publish" });
  await root.put("/v1/tenants/publish/event-types/invoice.paid");
  const single = (event: object) => root.post("/v1/tenants/publish/events", event);
  const batch = (event: object) => root.post("/v1/tenants/publish/events/batch", { events: [event] });
  for (const [name, publish] of Object.entries({ single, batch })) {
    const event = { type: "invoice.paid", data: { amount: 1 }, id: name };
    expect((await publish(event)).status).toBe(202);
    expect((await publish({ ...event, data: { amount: 2 } })).status).toBe(409);
    expect((await publish({ ...event, type: "invoice.unknown" })).status).toBe(422);
    expect((await publish({ ...event, data: TOO_LARGE })).status).toBe(413);
  }
}
