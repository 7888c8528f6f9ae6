/** SelfCommunity under the common stories. */
import { createHmac } from "node:crypto";

import { expect } from "vitest";

import { selfcommunity } from "../../../src/profiles/selfcommunity.ts";
import type { TestServer } from "../../support/start-server.ts";
import { type DialectDriver, type DialectSession, type ShownEndpoint, unknownHere } from "../dialect-driver.ts";
import { clientOf, type CommunityAnswer, ENDPOINTS } from "./community-client.ts";
import { openCommunity } from "./open-community.ts";

export const selfcommunityDriver: DialectDriver = {
  name: "selfcommunity",
  types: ["comment.created", "vote.created"],
  waitsSeconds: selfcommunity.waitsSeconds,
  knows: {
    pause: false,
    test: false,
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
  const community = await openCommunity(world);
  const send = clientOf(community);
  const one = (id: string) => `${ENDPOINTS}${id}/`;
  const toEvents = (types: readonly string[]) => types.map((type) => ({ type }));
  const patch = async (id: string, body: object) => toShown(await send({ method: "PATCH", path: one(id), body }), 200);
  const badEndpoint = (body: object) => send({ method: "POST", path: ENDPOINTS, body });

  return {
    create: async ({ url, types }) =>
      toShown(await send({ method: "POST", path: ENDPOINTS, body: { target: url, events: toEvents(types) } }), 201),
    get: async (id) => toShown(await send({ method: "GET", path: one(id) }), 200),
    async listPages(limit) {
      const pages: string[][] = [];
      for (let path: string | null = `${ENDPOINTS}?limit=${limit}`; path !== null;) {
        const { body }: CommunityAnswer = await send({ method: "GET", path });
        pages.push(body.results.map((endpoint: { id: number }) => String(endpoint.id)));
        path = body.next;
      }
      return pages;
    },
    subscribe: (id, types) => patch(id, { events: toEvents(types) }),
    turnOff: (id) => patch(id, { is_active: false }),
    turnOn: (id) => patch(id, { is_active: true }),
    publish: community.publish,
    async secret(id) {
      const answer = await send({ method: "POST", path: `${one(id)}secret/reveal/` });
      return expectStatus(answer, 201).body.signing_secret;
    },
    verify(request, secret) {
      const pairs = (request.headers["selfcommunity-signature"] ?? "").split(",").map((pair) => pair.split("="));
      const [, timestamp = ""] = pairs.find(([key]) => key === "t") ?? [];
      const signature = createHmac("sha256", secret).update(`${timestamp}.`).update(request.body).digest("hex");
      return pairs.some(([key, value]) => key === "v1" && value === signature);
    },
    rotate: null,
    expire: async (id) => void expectStatus(await send({ method: "POST", path: `${one(id)}secret/expire/` }), 200),
    async resend(id, request) {
      const { event_id: event } = JSON.parse(request.body.toString()) as { event_id: number };
      expectStatus(await send({ method: "POST", path: `${one(id)}event/resend/`, body: { event } }), 204);
    },
    pause: unknownHere,
    sendTest: unknownHere,
    remove: async (id) => void expectStatus(await send({ method: "DELETE", path: one(id) }), 204),
    refusals: {
      badUrl: async () => (await badEndpoint({ target: "nope", events: [] })).status,
      unknownType: async () =>
        (await badEndpoint({ target: "https://example.com", events: [{ type: "foo.bar" }] })).status,
      unknownEndpoint: async () => (await send({ method: "GET", path: one("2147483647") })).status,
      withoutCredentials: async () => (await send({ method: "GET", path: ENDPOINTS, token: null })).status,
      withoutPermission: async () => (await send({ method: "GET", path: ENDPOINTS, token: community.token(2) })).status,
    },
    statuses: {
      badUrl: 400,
      unknownType: 400,
      unknownEndpoint: 404,
      withoutCredentials: 401,
      withoutPermission: 403,
    },
  };
}

function toShown(answer: CommunityAnswer, status: number): ShownEndpoint {
  const { id, target, is_active: isActive, events } = expectStatus(answer, status).body;
  return { id: String(id), url: target, isActive, types: events.map(({ type }: { type: string }) => type) };
}

function expectStatus(answer: CommunityAnswer, status: number): CommunityAnswer {
  expect(answer.status, answer.text).toBe(status);
  return answer;
}
