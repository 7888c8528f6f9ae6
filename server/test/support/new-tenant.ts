/** A tenant of a test's own, with what most tests of the API do in one. Every answer is expected to be a success. */
import { expect } from "vitest";

import type { TestApi } from "./start-api.ts";

export interface NewTenant {
  readonly slug: string;
  /** `/v1/tenants/<slug>`. */
  readonly path: string;
  register(...types: string[]): Promise<void>;
  /** The answer of create: the endpoint and its secret. */
  createEndpoint(body?: object): Promise<{ id: string; secret: string; [member: string]: unknown }>;
  publish(type: string): Promise<{ id: string; deliveries: number }>;
}

const URL = "https://example.com/webhooks";

export async function newTenant(api: TestApi): Promise<NewTenant> {
  const client = api.client();
  const created = await client.post("/v1/tenants", { name: "Owner" });
  expect(created.status, created.text).toBe(201);
  const { slug } = created.body;
  const path = `/v1/tenants/${slug}`;

  async function expectPost(below: string, body: object, status: number) {
    const answer = await client.post(`${path}/${below}`, body);
    expect(answer.status, answer.text).toBe(status);
    return answer.body;
  }
  return {
    slug,
    path,
    async register(...types) {
      for (const type of types) await client.put(`${path}/event-types/${type}`, {});
    },
    createEndpoint: (body = {}) => expectPost("endpoints", { url: URL, ...body }, 201),
    publish: (type) => expectPost("events", { type, data: { n: 1 } }, 202),
  };
}
