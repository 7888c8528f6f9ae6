/**
 * Every row of the tables of operations, errors and choices of the contract that is one request and one answer, compared
 * field by field.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { OPERATIONS } from "../../../src/dialects/selfcommunity/operations.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { clientOf, type CommunityClient, type CommunityRequest, ENDPOINTS } from "./community-client.ts";
import { type Community, openCommunity } from "./open-community.ts";

let world: TestServer;
let community: Community;
let send: CommunityClient;
beforeAll(async () => {
  world = await startTestServer();
  community = await openCommunity(world);
  send = clientOf(community);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
const ID = expect.any(Number);

const TARGET = { target: "https://example.com" };
const COMMENT = { events: [{ type: "comment.created" }] };
const SHOWN_COMMENT = { events: [{ type: "comment.created", added_at: TIME }] };
const CREATED = {
  id: ID,
  created_at: TIME,
  updated_at: TIME,
  is_active: true,
  target: "https://example.com",
  description: "",
  ...SHOWN_COMMENT,
  ssl_cert_verification: true,
};

const whole = (code: string, message: string) => ({ errors: [{ message, code }] });
const field = (name: string, code: string, message: string) => ({
  errors: [{ field: name, messages: [{ message, code }] }],
});
const REQUIRED = "This field is required.";

interface Row {
  readonly row: string;
  readonly request: CommunityRequest;
  readonly status: number;
  /** Left out: the answer has no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A new endpoint for each row whose path has `{id}`. */
async function tell({ request, status, body = "", headers = {} }: Row): Promise<void> {
  let { path } = request;
  if (path.includes("{id}")) {
    const created = await send({ method: "POST", path: ENDPOINTS, body: { ...TARGET, ...COMMENT } });
    path = path.replace("{id}", String(created.body.id));
  }
  const answer = await send({ ...request, path });
  expect(answer.body).toEqual(body);
  expect(answer.status).toBe(status);
  expect(Object.fromEntries(Object.keys(headers).map((name) => [name, answer.headers.get(name)]))).toEqual(headers);
  if (answer.text !== "") expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
}

const create = (body: unknown) => ({ method: "POST", path: ENDPOINTS, body });
const put = (body: unknown) => ({ method: "PUT", path: `${ENDPOINTS}{id}/`, body });
const patch = (body: unknown) => ({ method: "PATCH", path: `${ENDPOINTS}{id}/`, body });
const post = (act: string, body?: unknown) => ({ method: "POST", path: `${ENDPOINTS}{id}/${act}/`, body });

const OPERATION_ROWS: readonly Row[] = [
  {
    row: "4 create, the documented example",
    request: create({
      is_active: true,
      ...TARGET,
      description: "string",
      ...COMMENT,
      ssl_cert_verification: true,
    }),
    status: 201,
    body: { ...CREATED, description: "string" },
  },
  { row: "4 create, defaults", request: create({ ...TARGET, ...COMMENT }), status: 201, body: CREATED },
  {
    row: "4 create, off and without TLS verification",
    request: create({ ...TARGET, ...COMMENT, is_active: false, ssl_cert_verification: false }),
    status: 201,
    body: { ...CREATED, is_active: false, ssl_cert_verification: false },
  },
  {
    row: "4 create, read-only and unknown members are ignored",
    request: create({
      ...TARGET,
      events: [{ type: "comment.created", added_at: "x" }],
      id: 0,
      created_at: 1,
      secret: "s",
    }),
    status: 201,
    body: CREATED,
  },
  {
    row: "4 create, duplicate types collapse",
    request: create({ ...TARGET, events: [{ type: "comment.created" }, { type: "comment.created" }] }),
    status: 201,
    body: CREATED,
  },
  {
    row: "4 create, no events is none",
    request: create({ ...TARGET, events: [] }),
    status: 201,
    body: { ...CREATED, events: [] },
  },
  {
    row: "4 create, the host is not resolved",
    request: create({ target: "https://nowhere.invalid/x?y=1", ...COMMENT }),
    status: 201,
    body: { ...CREATED, target: "https://nowhere.invalid/x?y=1" },
  },
  { row: "5 get", request: { method: "GET", path: `${ENDPOINTS}{id}/` }, status: 200, body: CREATED },
  {
    row: "6 put replaces target and events",
    request: put({ target: "https://example.com/new", events: [{ type: "vote.created" }] }),
    status: 200,
    body: { ...CREATED, target: "https://example.com/new", events: [{ type: "vote.created", added_at: TIME }] },
  },
  { row: "7 patch, one field", request: patch({ is_active: true }), status: 200, body: CREATED },
  { row: "7 patch, nothing", request: patch({}), status: 200, body: CREATED },
  { row: "7 patch, off", request: patch({ is_active: false }), status: 200, body: { ...CREATED, is_active: false } },
  {
    row: "7 patch, description",
    request: patch({ description: "d" }),
    status: 200,
    body: { ...CREATED, description: "d" },
  },
  {
    row: "7 patch, ssl_cert_verification",
    request: patch({ ssl_cert_verification: false }),
    status: 200,
    body: { ...CREATED, ssl_cert_verification: false },
  },
  {
    row: "7 patch, events replace the set",
    request: patch({ events: [] }),
    status: 200,
    body: { ...CREATED, events: [] },
  },
  { row: "8 delete", request: { method: "DELETE", path: `${ENDPOINTS}{id}/` }, status: 204 },
  {
    row: "9 attempts of an endpoint without any",
    request: { method: "GET", path: `${ENDPOINTS}{id}/attempt/` },
    status: 200,
    body: { count: 0, next: null, previous: null, results: [] },
  },
  { row: "10 expire, without a body", request: post("secret/expire"), status: 200, body: CREATED },
  { row: "10 expire, with an empty object", request: post("secret/expire", {}), status: 200, body: CREATED },
  {
    row: "10 expire, right password",
    request: post("secret/expire", { password: "password of 1" }),
    status: 200,
    body: CREATED,
  },
  {
    row: "11 reveal, without a body",
    request: post("secret/reveal"),
    status: 201,
    body: { signing_secret: expect.stringMatching(/^[0-9a-f]{64}$/) },
  },
  {
    row: "11 reveal, right password",
    request: post("secret/reveal", { password: "password of 1" }),
    status: 201,
    body: { signing_secret: expect.stringMatching(/^[0-9a-f]{64}$/) },
  },
  { row: "12 resend, unknown event", request: post("event/resend", { event: 9999 }), status: 204 },
  { row: "12 resend, an integer that is no key", request: post("event/resend", { event: -1e300 }), status: 204 },
  {
    row: "12 resend, right password",
    request: post("event/resend", { event: 1, password: "password of 1" }),
    status: 204,
  },
  { row: "13 bulk, unknown events", request: post("event/resend/bulk", { event: [0, 17, 9999] }), status: 204 },
  { row: "13 bulk, none", request: post("event/resend/bulk", { event: [] }), status: 204 },
];

const ERROR_ROWS: readonly Row[] = [
  { row: "required field", request: create(COMMENT), status: 400, body: field("target", "required", REQUIRED) },
  { row: "required events", request: create(TARGET), status: 400, body: field("events", "required", REQUIRED) },
  {
    row: "every mistake at once",
    request: create({ target: "nope", events: [{ type: "foo.bar" }, { type: "b" }], is_active: "yes" }),
    status: 400,
    body: {
      errors: [
        { field: "target", messages: [{ message: "Enter a valid URL.", code: "invalid" }] },
        {
          field: "events",
          messages: [
            { message: '"foo.bar" is not a valid choice.', code: "invalid_choice" },
            { message: '"b" is not a valid choice.', code: "invalid_choice" },
          ],
        },
        { field: "is_active", messages: [{ message: "Must be a valid boolean.", code: "invalid" }] },
      ],
    },
  },
  ...["nope", "ftp://example.com", "//example.com", "https://", "http://exa mple.com", 17].map((target) => ({
    row: `bad URL ${target}`,
    request: create({ target, ...COMMENT }),
    status: 400,
    body: field("target", "invalid", target === 17 ? "Not a valid string." : "Enter a valid URL."),
  })),
  {
    row: "unknown event type",
    request: create({ ...TARGET, events: [{ type: "foo.bar" }] }),
    status: 400,
    body: field("events", "invalid_choice", '"foo.bar" is not a valid choice.'),
  },
  {
    row: "unknown event type in put",
    request: put({ ...TARGET, events: [{ type: "foo.bar" }] }),
    status: 400,
    body: field("events", "invalid_choice", '"foo.bar" is not a valid choice.'),
  },
  { row: "put without target", request: put(COMMENT), status: 400, body: field("target", "required", REQUIRED) },
  {
    row: "a forbidden address",
    request: create({ target: "http://169.254.169.254/", ...COMMENT }),
    status: 400,
    body: field("target", "invalid", expect.any(String)),
  },
  {
    row: "a target that is too long",
    request: create({ target: `https://example.com/${"x".repeat(2048)}`, ...COMMENT }),
    status: 400,
    body: field("target", "max_length", expect.any(String)),
  },
  {
    row: "null",
    request: patch({ target: null }),
    status: 400,
    body: field("target", "null", "This field may not be null."),
  },
  {
    row: "blank",
    request: patch({ target: "" }),
    status: 400,
    body: field("target", "blank", "This field may not be blank."),
  },
  {
    row: "no list",
    request: patch({ events: "comment.created" }),
    status: 400,
    body: field("events", "not_a_list", "Expected a list of items."),
  },
  {
    row: "an event that is no object",
    request: patch({ events: ["comment.created"] }),
    status: 400,
    body: field("events", "invalid", "Invalid data. Expected an object."),
  },
  {
    row: "no object",
    request: create([]),
    status: 400,
    body: whole("invalid", "Invalid data. Expected an object."),
  },
  {
    row: "malformed JSON",
    request: { method: "POST", path: ENDPOINTS, bytes: '{"target":' },
    status: 400,
    body: whole("parse_error", "JSON parse error."),
  },
  ...["secret/reveal", "secret/expire"].map((act) => ({
    row: `wrong password for ${act}`,
    request: post(act, { password: "wrong" }),
    status: 400,
    body: field("password", "invalid", "The password is not correct."),
  })),
  ...["event/resend", "event/resend/bulk"].map((act) => ({
    row: `wrong password for ${act}`,
    request: post(act, { event: act.endsWith("bulk") ? [1] : 1, password: "wrong" }),
    status: 400,
    body: field("password", "invalid", "The password is not correct."),
  })),
  {
    row: "resend without event",
    request: post("event/resend"),
    status: 400,
    body: field("event", "required", REQUIRED),
  },
  ...["x", "1", 1.5, true, [1], {}].map((event) => ({
    row: `resend of ${JSON.stringify(event)}`,
    request: post("event/resend", { event }),
    status: 400,
    body: field("event", "invalid", "A valid integer is required."),
  })),
  {
    row: "bulk without event",
    request: post("event/resend/bulk", {}),
    status: 400,
    body: field("event", "required", REQUIRED),
  },
  {
    row: "bulk of one",
    request: post("event/resend/bulk", { event: 1 }),
    status: 400,
    body: field("event", "not_a_list", "Expected a list of items."),
  },
  {
    row: "bulk of texts",
    request: post("event/resend/bulk", { event: ["1"] }),
    status: 400,
    body: field("event", "invalid", "A valid integer is required."),
  },
  {
    row: "an offset that is not gone to",
    request: { method: "GET", path: `${ENDPOINTS}?offset=10001` },
    status: 400,
    body: field("offset", "max_value", "Ensure this value is less than or equal to 10000."),
  },
  {
    row: "a wrong method",
    request: { method: "PUT", path: ENDPOINTS, body: {} },
    status: 405,
    body: whole("method_not_allowed", 'Method "PUT" not allowed.'),
    headers: { allow: "GET, HEAD, POST" },
  },
  {
    row: "a wrong method of a literal path",
    request: { method: "POST", path: `${ENDPOINTS}event/`, body: {} },
    status: 405,
    body: whole("method_not_allowed", 'Method "POST" not allowed.'),
    headers: { allow: "GET, HEAD" },
  },
  ...["abc", "0", "-1", "1.5", "007", "99999999999999999999", "1e3"].map((id) => ({
    row: `an id ${id}`,
    request: { method: "GET", path: `${ENDPOINTS}${id}/` },
    status: 404,
    body: whole("not_found", "Not found."),
  })),
  {
    row: "a path that is none",
    request: { method: "GET", path: `${ENDPOINTS}1/attempts/` },
    status: 404,
    body: whole("not_found", "Not found."),
  },
  {
    row: "the older resend of an attempt",
    request: { method: "POST", path: `${ENDPOINTS}attempt/1/resend/` },
    status: 404,
    body: whole("not_found", "Not found."),
  },
];

describe("operations (section 6)", () => {
  test.each(OPERATION_ROWS)("$row", tell);
});

describe("errors (section 3)", () => {
  test.each(ERROR_ROWS)("$row", tell);
});

/** Bodies with which each operation goes past its schema. */
const BODIES: Readonly<Record<string, unknown>> = {
  createEndpoint: { ...TARGET, ...COMMENT },
  replaceEndpoint: { ...TARGET, ...COMMENT },
  resendEvent: { event: 1 },
  resendEvents: { event: [1] },
};

describe("what every operation refuses (sections 1 and 2)", () => {
  const own = OPERATIONS.filter(({ id }) => id !== "verifyToken");
  const toRequest = ({ id, method, path }: (typeof own)[number]) => ({ method, path, body: BODIES[id] });

  test.each(own)("$method $path without a token", (operation) =>
    tell({
      row: "",
      request: { ...toRequest(operation), token: null },
      status: 401,
      body: whole("not_authenticated", "Authentication credentials were not provided."),
      headers: { "www-authenticate": "Bearer" },
    }),
  );

  test.each(own)("$method $path by a member", (operation) =>
    tell({
      row: "",
      request: { ...toRequest(operation), token: community.token(2) },
      status: 403,
      body: whole("permission_denied", "You do not have permission to perform this action."),
    }),
  );

  test.each(own.filter(({ path }) => path.includes("{id}")))(
    "$method $path of an endpoint that is not there",
    (operation) => {
      const request = toRequest(operation);
      const path = request.path.replace("{id}", "2147483647");
      return tell({ row: "", request: { ...request, path }, status: 404, body: whole("not_found", "Not found.") });
    },
  );

  test.each(OPERATIONS)("$method $path for who takes no JSON", (operation) =>
    tell({
      row: "",
      request: { ...toRequest(operation), headers: { accept: "text/html" } },
      status: 406,
      body: whole("not_acceptable", "Could not satisfy the request Accept header."),
    }),
  );

  test.each(OPERATIONS.filter(({ method }) => method !== "GET" && method !== "DELETE"))(
    "$method $path with a body that is no JSON",
    ({ method, path }) =>
      tell({
        row: "",
        request: { method, path, bytes: "{" },
        status: 400,
        body: whole("parse_error", "JSON parse error."),
      }),
  );
});

test("a path is read under its slashed name only, and otherwise served as if the slash were there", async () => {
  const created = await send({ method: "POST", path: ENDPOINTS.slice(0, -1), body: { ...TARGET, ...COMMENT } });
  expect(created.status).toBe(201);
  for (const path of [`${ENDPOINTS.slice(0, -1)}?limit=1&x=%20`, `${ENDPOINTS}${created.body.id}`]) {
    const answer = await send({ method: "GET", path });
    expect(answer.status).toBe(301);
    const [pathname, search = ""] = path.split("?");
    expect(answer.headers.get("location")).toBe(`${pathname}/${search === "" ? "" : `?${search}`}`);
  }
  expect((await send({ method: "PATCH", path: `${ENDPOINTS}${created.body.id}`, body: {} })).status).toBe(200);
  expect((await send({ method: "DELETE", path: `${ENDPOINTS}${created.body.id}` })).status).toBe(204);
});

test("the catalogue has its 97 names in their order, as a bare list", async () => {
  const { body } = await send({ method: "GET", path: `${ENDPOINTS}event/` });
  expect(body).toHaveLength(97);
  expect(new Set(body).size).toBe(97);
  expect([body[0], body[81], body[82], body[96]]).toEqual([
    "comment.created",
    "notification.custom_notification",
    "category.created",
    "legal_page.updated",
  ]);
});

test("each of the 97 can be subscribed to", async () => {
  const { body: types } = await send({ method: "GET", path: `${ENDPOINTS}event/` });
  const events = (types as string[]).map((type) => ({ type }));
  const { status, body } = await send({ method: "POST", path: ENDPOINTS, body: { ...TARGET, events } });
  expect(status).toBe(201);
  expect(body.events).toHaveLength(97);
});

test("put keeps what is left out, and the time of types that stay", async () => {
  const body = { ...TARGET, events: [{ type: "vote.created" }], description: "kept", is_active: false };
  const { body: before } = await send({
    method: "POST",
    path: ENDPOINTS,
    body: { ...body, ssl_cert_verification: false },
  });
  world.clock.advance(1000);
  const events = [{ type: "vote.deleted" }, { type: "vote.created" }];
  const { body: after } = await send({ method: "PUT", path: `${ENDPOINTS}${before.id}/`, body: { ...TARGET, events } });
  expect(after).toMatchObject({ description: "kept", is_active: false, ssl_cert_verification: false });
  expect(after.events[1]).toEqual(before.events[0]);
  expect(after.events[0].added_at > before.events[0].added_at).toBe(true);
  expect(after.updated_at > before.updated_at).toBe(true);
  expect(after.created_at).toBe(before.created_at);
});

test("reveal does not rotate, expire does and changes updated_at, and only reveal shows a secret", async () => {
  const { body: endpoint } = await send({ method: "POST", path: ENDPOINTS, body: { ...TARGET, ...COMMENT } });
  const reveal = async () =>
    (await send({ method: "POST", path: `${ENDPOINTS}${endpoint.id}/secret/reveal/` })).body.signing_secret;
  const first = await reveal();
  expect(await reveal()).toBe(first);
  world.clock.advance(1000);
  const expired = await send({ method: "POST", path: `${ENDPOINTS}${endpoint.id}/secret/expire/` });
  expect(expired.body.updated_at > endpoint.updated_at).toBe(true);
  const second = await reveal();
  expect(second).not.toBe(first);
  const all = await send({ method: "GET", path: ENDPOINTS });
  for (const secret of [first, second]) expect(all.text + expired.text).not.toContain(secret);
});

test("verify_token looks at the signature and at nothing else", async () => {
  const path = "/api/v2/jwt/verify_token/";
  const verify = async (token: unknown) => {
    const { status, body } = await send({ method: "POST", path, body: { token }, token: null });
    return { status, body };
  };
  const refused = { status: 401, body: whole("authentication_failed", "Incorrect authentication credentials.") };
  for (const claims of [{}, { token_type: "refresh" }, { user_id: 99 }, { ext_id: "x" }]) {
    expect(await verify(community.token(1, claims))).toEqual({ status: 200, body: {} });
  }
  expect(await verify(`${community.token(1)}A`)).toEqual(refused);
  expect(await verify("not a token")).toEqual(refused);
  expect(await verify(undefined)).toEqual({ status: 400, body: field("token", "required", REQUIRED) });
  const get = await send({ method: "GET", path, token: null });
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
});

test("a body of nothing but mistakes is answered with some of them", async () => {
  const events = Array.from({ length: 20_000 }, (_, index) => ({ type: `t${index}` }));
  const { status, body } = await send({ method: "POST", path: ENDPOINTS, body: { ...TARGET, events } });
  expect(status).toBe(400);
  expect(body.errors[0].messages).toHaveLength(100);
});

test("who guesses a password is held back, and told for how long", async () => {
  const { body: endpoint } = await send({ method: "POST", path: ENDPOINTS, body: { ...TARGET, ...COMMENT } });
  const path = `${ENDPOINTS}${endpoint.id}/secret/reveal/`;
  const guess = (password: string) => send({ method: "POST", path, body: { password }, token: community.token(7) });
  for (let count = 0; count < 10; count += 1) expect((await guess(`wrong ${count}`)).status).toBe(400);
  const refused = await guess("password of 7");
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual(whole("throttled", "Request was throttled."));
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await send({ method: "POST", path, token: community.token(7) })).status).toBe(201);
});

test("a body that is too large is refused before it is read", async () => {
  const { status, body } = await send({ method: "POST", path: ENDPOINTS, bytes: " ".repeat(1024 * 1024 + 1) });
  expect(status).toBe(413);
  expect(body.errors[0].code).toBe("payload_too_large");
});

test("where secrets are shown to nobody, reveal is refused and expire is not", async () => {
  await using closed = await startTestServer({ config: { reveal: "never" } });
  const quiet = await openCommunity(closed);
  const sendQuiet = clientOf(quiet);
  const { body: endpoint } = await sendQuiet({ method: "POST", path: ENDPOINTS, body: { ...TARGET, ...COMMENT } });
  const act = async (name: string) =>
    (await sendQuiet({ method: "POST", path: `${ENDPOINTS}${endpoint.id}/secret/${name}/` })).status;
  expect([await act("reveal"), await act("expire")]).toEqual([403, 200]);
});
