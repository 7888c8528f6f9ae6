/** Velt under the common stories. */
import { expect } from "vitest";
import { Webhook } from "standardwebhooks";

import { velt } from "../../../src/profiles/velt.ts";
import type { TestServer } from "../../support/start-server.ts";
import { type DialectDriver, type DialectSession, type ShownEndpoint, unknownHere } from "../dialect-driver.ts";
import { openWorkspace } from "./open-workspace.ts";
import { clientOf, ENDPOINTS, type VeltAnswer } from "./workspace-client.ts";

export const veltDriver: DialectDriver = {
  name: "velt",
  types: ["comment.add", "huddle.join"],
  waitsSeconds: velt.waitsSeconds,
  knows: {
    pause: false,
    test: false,
    off: true,
    noTypes: null,
    pages: true,
    expire: false,
    resend: false,
    resendsAll: false,
  },
  open,
};

async function open(world: TestServer): Promise<DialectSession> {
  const workspace = await openWorkspace(world);
  const send = clientOf(workspace);
  const call = async (operation: string, data: object) =>
    dataOf(await send({ path: `${ENDPOINTS}/${operation}`, data }));
  const list = async (data: object) => call("get", data);

  return {
    create: async ({ url, types }) => toShown(await call("create", { url, filterTypes: types })),
    async get(id) {
      // The contract has no operation for one endpoint: a client looks for it in the list.
      const { endpoints } = await list({ limit: 250 });
      return toShown(endpoints.find((endpoint: { id: string }) => endpoint.id === id));
    },
    async listPages(limit) {
      const pages: string[][] = [];
      for (let iterator: string | null = ""; iterator !== null;) {
        const page: { endpoints: { id: string }[]; iterator: string | null } = await list({ limit, iterator });
        pages.push(page.endpoints.map(({ id }) => id));
        iterator = page.iterator;
      }
      return pages;
    },
    subscribe: async (id, types) => toShown(await call("update", { endpointId: id, filterTypes: types })),
    turnOff: async (id) => toShown(await call("update", { endpointId: id, disabled: true })),
    turnOn: async (id) => toShown(await call("update", { endpointId: id, disabled: false })),
    publish: (type, data) => workspace.publish(type, data),
    secret: async (id) => (await call("secret/get", { endpointId: id })).secret,
    verify(request, secret) {
      // Signed anew by the foreign library: its own check compares with the real clock, a story's stands elsewhere.
      const {
        "webhook-id": id = "",
        "webhook-timestamp": timestamp = "",
        "webhook-signature": signatures = "",
      } = request.headers;
      const expected = new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), request.body.toString());
      return signatures.split(" ").includes(expected);
    },
    rotate: null,
    expire: unknownHere,
    resend: unknownHere,
    pause: unknownHere,
    sendTest: unknownHere,
    remove: async (id) => void (await call("delete", { endpointId: id })),
    refusals: {
      badUrl: async () => (await send({ path: `${ENDPOINTS}/create`, data: { url: "nope" } })).status,
      unknownType: async () => {
        const data = { url: "https://example.com", filterTypes: ["foo.bar"] };
        return (await send({ path: `${ENDPOINTS}/create`, data })).status;
      },
      unknownEndpoint: async () =>
        (await send({ path: `${ENDPOINTS}/secret/get`, data: { endpointId: "ep_2vK9mPzGqLxYwBnRtCdHsJfAeUo" } }))
          .status,
      withoutCredentials: async () =>
        (await send({ path: `${ENDPOINTS}/get`, headers: { "x-velt-api-key": undefined } })).status,
      withoutPermission: async () =>
        (await send({ path: `${ENDPOINTS}/get`, headers: { "x-velt-auth-token": "another token" } })).status,
    },
    statuses: {
      badUrl: 400,
      // Types that nobody knows are accepted: the vendor's own examples name some.
      unknownType: 200,
      unknownEndpoint: 404,
      withoutCredentials: 400,
      withoutPermission: 403,
    },
  };
}

/** Typed loosely: the stories are what checks it. */
// oxlint-disable-next-line no-explicit-any
function dataOf(answer: VeltAnswer): any {
  expect(answer.status, answer.text).toBe(200);
  return answer.body.result.data;
}

interface WireEndpoint {
  readonly id: string;
  readonly url: string;
  readonly disabled: boolean;
  readonly filterTypes: readonly string[] | null;
}

function toShown({ id, url, disabled, filterTypes: types }: WireEndpoint): ShownEndpoint {
  return { id, url, isActive: !disabled, types };
}
