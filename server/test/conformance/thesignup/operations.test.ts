/**
 * Every row of the tables of operations, errors and choices of the contract that is one request and one answer, compared
 * field by field.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { EVENT_TYPES } from "../../../src/dialects/thesignup/schemas.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { openOrganization, type Organization } from "./open-organization.ts";
import { clientOf, type OrganizationClient, type OrganizationRequest, WEBHOOKS } from "./organization-client.ts";
import { problem, TIME, UNKNOWN_ID, UUID } from "./fixtures.ts";

let world: TestServer;
let organization: Organization;
let send: OrganizationClient;
beforeAll(async () => {
  world = await startTestServer();
  organization = await openOrganization(world);
  send = clientOf(organization);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const URL = { url: "http://example.com" };
const SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9_-]{43}$/);
const ENDPOINT = {
  id: UUID,
  url: "http://example.com",
  description: null,
  eventTypes: [] as readonly string[],
  paused: false,
  pausedReason: null,
  pausedAt: null,
  consecutiveFailures: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  createdAt: TIME,
  updatedAt: TIME,
  events: [] as readonly string[],
  status: "active",
  created_at: TIME,
  updated_at: TIME,
};
const PAUSED = { ...ENDPOINT, paused: true, pausedReason: "manual", pausedAt: TIME, status: "paused" };
const of = (...types: readonly string[]) => ({ ...ENDPOINT, eventTypes: types, events: types });
const created = (endpoint: object) => ({ ...endpoint, endpoint, signingSecret: SECRET, secret: SECRET });

interface Row {
  readonly row: string;
  readonly request: OrganizationRequest;
  readonly status: number;
  /** Left out: the answer has no body. */
  readonly body?: unknown;
}

/** A new endpoint for each row whose path has `{id}`. */
async function tell({ request, status, body = "" }: Row): Promise<void> {
  const { body: endpoint } = await send({ method: "POST", path: WEBHOOKS, body: URL });
  const answer = await send({ ...request, path: request.path.replace("{id}", endpoint.id) });
  expect(answer.body).toEqual(body);
  expect(answer.status).toBe(status);
  const type = status < 400 ? /^application\/json/ : /^application\/problem\+json$/;
  if (answer.text !== "") expect(answer.headers.get("content-type")).toMatch(type);
  await send({ method: "DELETE", path: `${WEBHOOKS}/${endpoint.id}` });
  if (request.method === "POST" && status === 201) {
    await send({ method: "DELETE", path: `${WEBHOOKS}/${answer.body.id}` });
  }
}

const create = (body: unknown) => ({ method: "POST", path: WEBHOOKS, body });
const patch = (body: unknown) => ({ method: "PATCH", path: `${WEBHOOKS}/{id}`, body });
const get = (path: string) => ({ method: "GET", path: `${WEBHOOKS}${path}` });
const post = (act: string) => ({ method: "POST", path: `${WEBHOOKS}/{id}/${act}` });

const OPERATION_ROWS: readonly Row[] = [
  { row: "2 create, the url alone", request: create(URL), status: 201, body: created(ENDPOINT) },
  {
    row: "2 create, everything",
    request: create({ ...URL, description: "string", eventTypes: ["signup.created"] }),
    status: 201,
    body: created({ ...of("signup.created"), description: "string" }),
  },
  { row: "2 create, no types are all", request: create({ ...URL, eventTypes: [] }), status: 201, body: created(of()) },
  {
    row: "2 create, patterns",
    request: create({ ...URL, eventTypes: ["signup.*", "*"] }),
    status: 201,
    body: created(of("signup.*", "*")),
  },
  {
    row: "2 create, every name of the catalogue",
    request: create({ ...URL, eventTypes: EVENT_TYPES }),
    status: 201,
    body: created(of(...EVENT_TYPES)),
  },
  {
    row: "2 create, events takes names of no catalogue",
    request: create({ ...URL, events: ["participant.created", "signup.*"] }),
    status: 201,
    body: created(of("participant.created", "signup.*")),
  },
  {
    row: "2 create, eventTypes wins over events",
    request: create({ ...URL, eventTypes: ["slot.filled"], events: ["item.claimed"] }),
    status: 201,
    body: created(of("slot.filled")),
  },
  {
    row: "2 create, unknown members and a null description are left out",
    request: create({ ...URL, description: null, id: "x", paused: true, secret: "s" }),
    status: 201,
    body: created(ENDPOINT),
  },
  { row: "3 get", request: get("/{id}"), status: 200, body: ENDPOINT },
  { row: "3 get, a slash at the end is ignored", request: get("/{id}/"), status: 200, body: ENDPOINT },
  {
    row: "4 update the url",
    request: patch({ url: "https://example.com/new" }),
    status: 200,
    body: { ...ENDPOINT, url: "https://example.com/new" },
  },
  {
    row: "4 update the description",
    request: patch({ description: "d" }),
    status: 200,
    body: { ...ENDPOINT, description: "d" },
  },
  { row: "4 update, null clears", request: patch({ description: null }), status: 200, body: ENDPOINT },
  {
    row: "4 update the types",
    request: patch({ eventTypes: ["signup.created", "slot.*"] }),
    status: 200,
    body: of("signup.created", "slot.*"),
  },
  { row: "4 pause", request: patch({ paused: true }), status: 200, body: PAUSED },
  { row: "4 resume what is not paused", request: patch({ paused: false }), status: 200, body: ENDPOINT },
  { row: "5 delete", request: { method: "DELETE", path: `${WEBHOOKS}/{id}` }, status: 204 },
  { row: "6 rotate", request: post("rotate"), status: 200, body: { endpoint: ENDPOINT, signingSecret: SECRET } },
  { row: "8 deliveries of an endpoint without any", request: get("/{id}/deliveries"), status: 200, body: { data: [] } },
  ...[1, 200].map((limit) => ({
    row: `8 deliveries, limit ${limit}`,
    request: get(`/{id}/deliveries?limit=${limit}`),
    status: 200,
    body: { data: [] },
  })),
  {
    row: "2.1 me",
    request: { method: "GET", path: "/api/v1/me" },
    status: 200,
    body: {
      id: UUID,
      name: "Backend",
      email: expect.stringMatching(/^[0-9a-f-]{36}@api-keys\.invalid$/),
      organization: { id: UUID, name: "Organization", slug: expect.any(String), tier: "org" },
    },
  },
];

const wrong = (...errors: readonly (readonly [path: string, message?: string])[]) =>
  problem(422, "validation_failed", "Validation failed", {
    detail: expect.any(String),
    errors: errors.map(([path, message]) => ({ path, message: message ?? expect.any(String) })),
  });
const unreadable = problem(400, "bad_request", "Bad request", { detail: expect.any(String) });
const unknown = problem(404, "not_found", "Not found", { detail: expect.any(String) });

const ERROR_ROWS: readonly Row[] = [
  { row: "create without a url", request: create({}), status: 422, body: wrong(["url", "This is required."]) },
  { row: "create without a body", request: create(undefined), status: 422, body: wrong(["url"]) },
  { row: "create of a list", request: create([]), status: 422, body: wrong([""]) },
  ...["nope", "ftp://example.com", "//example.com", "https://", 17, null, "http://169.254.169.254/"].map((url) => ({
    row: `create at ${String(url)}`,
    request: create({ url }),
    status: 422,
    body: wrong(["url"]),
  })),
  {
    row: "create with a url that is too long",
    request: create({ url: `https://example.com/${"x".repeat(2048)}` }),
    status: 422,
    body: wrong(["url"]),
  },
  ...["foo.bar", "participant.created", "webhook.test", "foo.*", "signup", "signup*", "", "webhook.*"].map((name) => ({
    row: `create for ${JSON.stringify(name)}`,
    request: create({ ...URL, eventTypes: ["signup.created", name] }),
    status: 422,
    body: wrong(["eventTypes.1", `There is no event type ${JSON.stringify(name)}.`]),
  })),
  ...["a b", "", "signup*", "webhook.test"].map((name) => ({
    row: `create for the event ${JSON.stringify(name)}`,
    request: create({ ...URL, events: [name] }),
    status: 422,
    body: wrong(["events.0"]),
  })),
  {
    row: "every mistake at once",
    request: create({ url: 1, description: 2, eventTypes: "signup.created", events: [3] }),
    status: 422,
    body: wrong(
      ["url", "This must be a text."],
      ["description", "This must be a text."],
      ["eventTypes", "This must be a list."],
      ["events.0", "This must be a text."],
    ),
  },
  { row: "update of nothing", request: patch({}), status: 422, body: wrong([""]) },
  { row: "update of what is not known", request: patch({ status: "paused" }), status: 422, body: wrong([""]) },
  { row: "update to no boolean", request: patch({ paused: "yes" }), status: 422, body: wrong(["paused"]) },
  { row: "update to no url", request: patch({ url: null }), status: 422, body: wrong(["url"]) },
  {
    row: "update to an unknown type",
    request: patch({ eventTypes: ["foo.bar"] }),
    status: 422,
    body: wrong(["eventTypes.0"]),
  },
  ...["0", "201", "-1", "1.5", "x", ""].map((limit) => ({
    row: `deliveries, limit ${JSON.stringify(limit)}`,
    request: get(`/{id}/deliveries?limit=${limit}`),
    status: 422,
    body: wrong(["limit"]),
  })),
  ...["POST", "PATCH"].map((method) => ({
    row: `${method} of malformed JSON`,
    request: { method, path: method === "POST" ? WEBHOOKS : `${WEBHOOKS}/{id}`, bytes: '{"url":' },
    status: 400,
    body: unreadable,
  })),
  ...(
    [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
      ["POST", "/test"],
      ["GET", "/deliveries"],
    ] as const
  ).flatMap(([method, act]) => [
    {
      row: `${method} ${act} of an id that is no UUID`,
      request: {
        method,
        path: `${WEBHOOKS}/not-a-uuid${act}`,
        body: method === "PATCH" ? { paused: true } : undefined,
      },
      status: 422,
      body: wrong(["id", "This is not a UUID."]),
    },
    {
      row: `${method} ${act} of an unknown id`,
      request: {
        method,
        path: `${WEBHOOKS}/${UNKNOWN_ID}${act}`,
        body: method === "PATCH" ? { paused: true } : undefined,
      },
      status: 404,
      body: unknown,
    },
  ]),
  {
    row: "replay of an id that is no UUID",
    request: { method: "POST", path: `${WEBHOOKS}/deliveries/7/replay` },
    status: 422,
    body: wrong(["id"]),
  },
  ...[UNKNOWN_ID, "00000000-0000-8000-8006-400000000000"].map((id) => ({
    row: `replay of ${id}, which is unknown`,
    request: { method: "POST", path: `${WEBHOOKS}/deliveries/${id}/replay` },
    status: 404,
    body: unknown,
  })),
  ...["/api/v1/", "/api/v1/webhook", `${WEBHOOKS}/deliveries`, `${WEBHOOKS}/{id}/nothing`].map((path) => ({
    row: `no operation: ${path}`,
    request: { method: "GET", path },
    status: 404,
    body: unknown,
  })),
  { row: "no operation: PUT", request: { method: "PUT", path: WEBHOOKS, body: URL }, status: 404, body: unknown },
];

describe("operations", () => {
  test.each(OPERATION_ROWS)("$row", tell);
});

describe("errors", () => {
  test.each(ERROR_ROWS)("$row", tell);
});

test("1 list: both keys hold the same endpoints, newest first, with no secret", async () => {
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.unshift((await send(create(URL))).body.id);
  const { status, body, text } = await send({ method: "GET", path: WEBHOOKS });
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(["data", "webhooks"]);
  expect(body.webhooks).toEqual(body.data);
  expect(body.data).toEqual([ENDPOINT, ENDPOINT, ENDPOINT]);
  expect(body.data.map(({ id }: { id: string }) => id)).toEqual(ids);
  expect(text).not.toContain("whsec_");
  const [first] = ids;
  const gone = await send({ method: "DELETE", path: `${WEBHOOKS}/${first}` });
  expect([gone.status, gone.text]).toEqual([204, ""]);
  expect((await send({ method: "GET", path: `${WEBHOOKS}/${first}` })).status).toBe(404);
});
