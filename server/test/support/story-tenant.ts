/** A tenant of a story: short ways to do over HTTP what an owner and a publisher do. */
import { expect } from "vitest";

import type { ApiAnswer, ApiClient } from "./api-client.ts";
import type { TestServer } from "./start-server.ts";

export interface StoryEndpoint {
  readonly id: string;
  /** Of its first secret version. */
  readonly secret: string;
  /** `/v1/tenants/<slug>/endpoints/<id>` */
  readonly path: string;
}

export interface StoryDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly state: "pending" | "in_flight" | "succeeded" | "exhausted" | "cancelled";
  readonly reason: string | null;
  readonly run: number;
  readonly attemptCount: number;
  readonly dueAt: string | null;
  readonly lastClass: string | null;
  // oxlint-disable-next-line no-explicit-any
  readonly attempts: readonly any[];
}

export interface StoryTenant {
  readonly slug: string;
  /** `/v1/tenants/<slug>` */
  readonly path: string;
  readonly client: ApiClient;
  register(...types: string[]): Promise<void>;
  endpoint(url: string, settings?: object): Promise<StoryEndpoint>;
  /** Sends these bytes as the request's body; `data` alone is wrapped. Expects a 202 unless told otherwise. */
  publish(event?: { readonly type?: string; readonly data?: string; readonly bytes?: string }): Promise<string>;
  tryPublish(bytes: string, token?: string): Promise<ApiAnswer>;
  /** The delivery of this event to this endpoint, with its attempts, once it is in one of the states. */
  delivery(eventId: string, endpointId: string, ...states: StoryDelivery["state"][]): Promise<StoryDelivery>;
  /** Expects a success; resolves to the body. */
  // oxlint-disable-next-line no-explicit-any
  post(path: string, body?: object): Promise<any>;
}

export const EVENT_TYPE = "invoice.paid";

/** A tenant with the type `invoice.paid`. */
export async function storyTenant(server: TestServer): Promise<StoryTenant> {
  const client = server.client();
  const created = await client.post("/v1/tenants", { name: "Story" });
  expect(created.status, created.text).toBe(201);
  const slug: string = created.body.slug;
  const path = `/v1/tenants/${slug}`;

  const expectSuccess = (answer: ApiAnswer): ApiAnswer => {
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer;
  };
  const register = async (...types: string[]): Promise<void> => {
    for (const type of types) expectSuccess(await client.put(`${path}/event-types/${type}`, {}));
  };
  const tryPublish = (bytes: string, token?: string): Promise<ApiAnswer> =>
    (token === undefined ? client : server.client(token)).post(`${path}/events`, undefined, { bytes });
  await register(EVENT_TYPE);
  return {
    slug,
    path,
    client,
    register,
    tryPublish,
    async endpoint(url, settings = {}) {
      const { body } = expectSuccess(await client.post(`${path}/endpoints`, { url, ...settings }));
      return { id: body.id, secret: body.secret, path: `${path}/endpoints/${body.id}` };
    },
    async publish({ type = EVENT_TYPE, data = '{"n":1}', bytes = `{"type":"${type}","data":${data}}` } = {}) {
      const answer = await tryPublish(bytes);
      expect(answer.status, answer.text).toBe(202);
      return answer.body.id;
    },
    async post(below, body = {}) {
      return expectSuccess(await client.post(below.startsWith("/") ? below : `${path}/${below}`, body)).body;
    },
    delivery: (eventId, endpointId, ...states) =>
      server.until(async () => {
        const list = await client.get(`${path}/deliveries?eventId=${eventId}&endpointId=${endpointId}`);
        const [found] = expectSuccess(list).body.data;
        if (found === undefined || (states.length > 0 && !states.includes(found.state))) return null;
        return expectSuccess(await client.get(`${path}/deliveries/${found.id}`)).body;
      }),
  };
}
