/** The native API under the common stories. */
import { expect } from "vitest";
import { Webhook } from "standardwebhooks";

import { standard } from "../../src/profiles/standard.ts";
import type { ApiAnswer } from "../support/api-client.ts";
import type { TestServer } from "../support/start-server.ts";
import type { DialectDriver, DialectSession, ShownEndpoint } from "./dialect-driver.ts";

export const nativeDriver: DialectDriver = {
  name: "native",
  types: ["invoice.paid", "invoice.voided"],
  waitsSeconds: standard.waitsSeconds,
  knows: {
    pause: true,
    test: true,
    off: true,
    noTypes: true,
    pages: true,
    expire: true,
    resend: true,
    resendsAll: true,
  },
  open,
};

async function open(world: TestServer): Promise<DialectSession> {
  const root = world.client();
  const { body: tenant } = await root.post("/v1/tenants", { name: "Native" });
  const path = `/v1/tenants/${tenant.slug}`;
  for (const type of nativeDriver.types) await root.put(`${path}/event-types/${type}`, {});
  const { body: narrow } = await root.post(`${path}/api-keys`, { name: "narrow", scopes: ["events:read"] });
  const endpoints = `${path}/endpoints`;
  const one = (id: string) => `${endpoints}/${id}`;

  return {
    create: async ({ url, types }) => toShown(await root.post(endpoints, { url, eventTypes: types }), 201),
    get: async (id) => toShown(await root.get(one(id)), 200),
    async listPages(limit) {
      const pages: string[][] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const { body }: ApiAnswer = await root.get(`${endpoints}?limit=${limit}${query}`);
        pages.push(body.data.map((endpoint: { id: string }) => endpoint.id));
        cursor = body.nextCursor;
      }
      return pages;
    },
    subscribe: async (id, types) => toShown(await root.patch(one(id), { eventTypes: types }), 200),
    turnOff: async (id) => toShown(await root.post(`${one(id)}/disable`), 200),
    turnOn: async (id) => toShown(await root.post(`${one(id)}/enable`), 200),
    pause: async (id) => toShown(await root.post(`${one(id)}/pause`), 200),
    async publish(type, data) {
      const answer = await root.post(`${path}/events`, undefined, { bytes: `{"type":"${type}","data":${data}}` });
      return expectStatus(answer, 202).body.deliveries;
    },
    async secret(id) {
      return expectStatus(await root.post(`${one(id)}/secrets/reveal`, {}), 200).body.secret;
    },
    verify(request, secret) {
      // Signed anew by the foreign library: its own check compares with the real clock, a story's stands elsewhere.
      const {
        "webhook-id": id = "",
        "webhook-timestamp": timestamp = "",
        "webhook-signature": list = "",
      } = request.headers;
      const expected = new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), request.body.toString());
      return list.split(" ").includes(expected);
    },
    rotate: async (id) => void expectStatus(await root.post(`${one(id)}/secrets/rotate`, {}), 200),
    expire: async (id) => void expectStatus(await root.post(`${one(id)}/secrets/expire`, {}), 200),
    async resend(id, request) {
      const eventId = request.headers["webhook-id"] ?? "";
      expectStatus(await root.post(`${path}/events/${eventId}/resend`, { endpointIds: [id] }), 200);
    },
    sendTest: async (id) => void expectStatus(await root.post(`${one(id)}/test`), 200),
    remove: async (id) => void expectStatus(await root.delete(one(id)), 204),
    refusals: {
      badUrl: async () => (await root.post(endpoints, { url: "nope" })).status,
      unknownType: async () =>
        (await root.post(endpoints, { url: "https://example.com", eventTypes: ["foo.bar"] })).status,
      unknownEndpoint: async () => (await root.get(one("ep_00000000000000000000000000"))).status,
      withoutCredentials: async () => (await world.client(null).get(endpoints)).status,
      withoutPermission: async () => (await world.client(narrow.token).get(endpoints)).status,
    },
    statuses: {
      badUrl: 400,
      unknownType: 422,
      unknownEndpoint: 404,
      withoutCredentials: 401,
      withoutPermission: 403,
    },
  };
}

function toShown(answer: ApiAnswer, status: number): ShownEndpoint {
  const { id, url, status: state, eventTypes } = expectStatus(answer, status).body;
  return { id, url, isActive: state === "active", types: eventTypes };
}

function expectStatus(answer: ApiAnswer, status: number): ApiAnswer {
  expect(answer.status, answer.text).toBe(status);
  return answer;
}
