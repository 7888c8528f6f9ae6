/** thesignup under the common stories. */
import { createHmac } from "node:crypto";

import { expect } from "vitest";

import { thesignup } from "../../../src/profiles/thesignup.ts";
import type { TestServer } from "../../support/start-server.ts";
import { type DialectDriver, type DialectSession, type ShownEndpoint, unknownHere } from "../dialect-driver.ts";
import { openOrganization } from "./open-organization.ts";
import { clientOf, type OrganizationAnswer, WEBHOOKS } from "./organization-client.ts";

export const thesignupDriver: DialectDriver = {
  name: "thesignup",
  types: ["signup.created", "slot.filled"],
  waitsSeconds: thesignup.waitsSeconds,
  knows: {
    pause: true,
    test: true,
    off: false,
    noTypes: false,
    pages: false,
    expire: true,
    resend: true,
    resendsAll: false,
  },
  open,
};

const OVERLAP_MS = 24 * 3600 * 1000;

async function open(world: TestServer): Promise<DialectSession> {
  const organization = await openOrganization(world);
  const { token: narrow } = await organization.createKey(["events:publish"]);
  const send = clientOf(organization);
  const one = (id: string) => `${WEBHOOKS}/${id}`;
  const patch = async (id: string, body: object) => toShown(await send({ method: "PATCH", path: one(id), body }), 200);
  const badEndpoint = async (body: object) => (await send({ method: "POST", path: WEBHOOKS, body })).status;
  /** The contract shows a secret once: whoever makes it has to remember it. */
  const secrets = new Map<string, string>();

  return {
    async create({ url, types }) {
      const answer = await send({ method: "POST", path: WEBHOOKS, body: { url, eventTypes: types } });
      const shown = toShown(answer, 201);
      secrets.set(shown.id, answer.body.signingSecret);
      return shown;
    },
    get: async (id) => toShown(await send({ method: "GET", path: one(id) }), 200),
    async listPages() {
      const { body } = expectStatus(await send({ method: "GET", path: WEBHOOKS }), 200);
      return [body.data.map((endpoint: { id: string }) => endpoint.id)];
    },
    subscribe: (id, types) => patch(id, { eventTypes: types }),
    turnOff: unknownHere,
    turnOn: (id) => patch(id, { paused: false }),
    pause: (id) => patch(id, { paused: true }),
    publish: organization.publish,
    async secret(id) {
      const secret = secrets.get(id);
      if (secret === undefined) throw new Error("this endpoint was made by nobody here");
      return secret;
    },
    verify(request, secret) {
      const pairs = (request.headers["thesignup-signature"] ?? "").split(",").map((pair) => pair.split("="));
      const [, timestamp = ""] = pairs.find(([key]) => key === "t") ?? [];
      const signature = createHmac("sha256", secret).update(`${timestamp}.`).update(request.body).digest("hex");
      return pairs.some(([key, value]) => key === "v1" && value === signature);
    },
    async rotate(id) {
      const answer = expectStatus(await send({ method: "POST", path: `${one(id)}/rotate` }), 200);
      secrets.set(id, answer.body.signingSecret);
    },
    // The contract has no act for it: what was replaced ends by itself.
    expire: () => world.advance(OVERLAP_MS),
    async resend(id, request) {
      const { body } = expectStatus(await send({ method: "GET", path: `${one(id)}/deliveries` }), 200);
      const type = request.headers["thesignup-event-type"];
      const delivery = body.data.find(({ eventType }: { eventType: string }) => eventType === type);
      expectStatus(await send({ method: "POST", path: `${WEBHOOKS}/deliveries/${delivery.id}/replay` }), 200);
    },
    sendTest: async (id) => void expectStatus(await send({ method: "POST", path: `${one(id)}/test` }), 200),
    remove: async (id) => void expectStatus(await send({ method: "DELETE", path: one(id) }), 204),
    refusals: {
      badUrl: () => badEndpoint({ url: "nope" }),
      unknownType: () => badEndpoint({ url: "https://example.com", eventTypes: ["foo.bar"] }),
      unknownEndpoint: async () =>
        (await send({ method: "GET", path: one("497f6eca-6276-4993-bfeb-53cbbbba6f08") })).status,
      withoutCredentials: async () => (await send({ method: "GET", path: WEBHOOKS, token: null })).status,
      withoutPermission: async () => (await send({ method: "GET", path: WEBHOOKS, token: narrow })).status,
    },
    statuses: {
      badUrl: 422,
      unknownType: 422,
      unknownEndpoint: 404,
      withoutCredentials: 401,
      withoutPermission: 403,
    },
  };
}

function toShown(answer: OrganizationAnswer, status: number): ShownEndpoint {
  const { id, url, paused, eventTypes } = expectStatus(answer, status).body;
  return { id, url, isActive: !paused, types: eventTypes.length === 0 ? null : eventTypes };
}

function expectStatus(answer: OrganizationAnswer, status: number): OrganizationAnswer {
  expect(answer.status, answer.text).toBe(status);
  return answer;
}
