/**
 * Every row of the tables of operations, errors and choices of the contract that is one request and one answer, compared
 * field by field. The numbers are the sections of its specification.
 */
import { createPublicKey, generateKeyPairSync } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { writeReport } from "../report.ts";
import { openWorkspace, type Workspace, type WorkspaceState } from "./open-workspace.ts";
import { AUTH_TOKENS, clientOf, CONFIG, ENDPOINTS, type VeltClient, type VeltRequest } from "./workspace-client.ts";

let world: TestServer;
let workspaces: Readonly<Record<WorkspaceState, Workspace>>;
let send: VeltClient;
beforeAll(async () => {
  world = await startTestServer();
  workspaces = {
    enabled: await openWorkspace(world),
    disabled: await openWorkspace(world, "disabled"),
    never_configured: await openWorkspace(world, "never_configured"),
    not_available: await openWorkspace(world, "not_available"),
  };
  send = clientOf(workspaces.enabled);
});
afterAll(async () => {
  writeReport();
  await world[Symbol.asyncDispose]();
});

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ID = expect.stringMatching(/^ep_[0-9A-Za-z]{27}$/);
const URL_ONLY = { url: "https://example.com/hook" };
const CREATED = {
  id: ID,
  url: "https://example.com/hook",
  description: null,
  filterTypes: null,
  channels: null,
  disabled: false,
  rateLimit: null,
  uid: null,
  createdAt: TIME,
  updatedAt: TIME,
};
const DEFAULTS = {
  isEnabled: false,
  encryptData: false,
  encodeData: false,
  publicKey: "",
  enableDataProtection: false,
};
const UNKNOWN_ID = "ep_2vK9mPzGqLxYwBnRtCdHsJfAeUo";
const PROVIDER_FAILED = "Advanced webhook provider request failed.";
const M1 = "Advanced webhooks are not available for this workspace.";
const M2 =
  'Advanced webhooks are not configured for this workspace. Enable them first via POST /v2/workspace/advancedwebhookconfig/update with { "isEnabled": true }.';
const M3 =
  'Advanced webhooks are disabled for this workspace. Enable them via POST /v2/workspace/advancedwebhookconfig/update with { "isEnabled": true }.';

const success = (message: string, data: unknown) => ({ result: { status: "success", message, data } });
const failure = (status: string, message: unknown) => ({ error: { status, message } });
const invalid = (message: unknown) => failure("INVALID_ARGUMENT", message);

interface Row {
  readonly row: string;
  readonly request: VeltRequest;
  readonly status: number;
  readonly body: unknown;
}

async function tell({ request, status, body }: Row, as: VeltClient = send): Promise<void> {
  const answer = await as(await withEndpoint(request, as));
  expect(answer.body).toEqual(body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
}

/** A new endpoint for each row whose `endpointId` is `new`. */
async function withEndpoint(request: VeltRequest, as: VeltClient): Promise<VeltRequest> {
  const { data } = request;
  if (typeof data !== "object" || data === null || !("endpointId" in data) || data.endpointId !== "new") return request;
  const created = await as({ path: `${ENDPOINTS}/create`, data: URL_ONLY });
  return { ...request, data: { ...data, endpointId: created.body.result.data.id } };
}

const create = (data: unknown) => ({ path: `${ENDPOINTS}/create`, data });
const list = (data?: unknown) => ({ path: `${ENDPOINTS}/get`, data });
const update = (data: object) => ({ path: `${ENDPOINTS}/update`, data: { endpointId: "new", ...data } });
const remove = (data: unknown) => ({ path: `${ENDPOINTS}/delete`, data });
const secret = (data: unknown) => ({ path: `${ENDPOINTS}/secret/get`, data });
const configGet = (data?: unknown) => ({ path: `${CONFIG}/get`, data });
const configUpdate = (data?: unknown) => ({ path: `${CONFIG}/update`, data });

const made = (more: object) => success("Advanced webhook endpoint created successfully.", { ...CREATED, ...more });
const changed = (more: object) => success("Advanced webhook endpoint updated successfully.", { ...CREATED, ...more });

const CREATE_ROWS: readonly Row[] = [
  { row: "url alone", request: create(URL_ONLY), status: 200, body: made({}) },
  {
    row: "everything that is shown",
    request: create({
      ...URL_ONLY,
      description: "Comments",
      filterTypes: ["comment.add", "comment.delete"],
      channels: ["tenant-1", "a_b.c"],
      disabled: true,
      rateLimit: 5,
      uid: "my.endpoint_1-a",
      metadata: { team: "docs" },
    }),
    status: 200,
    body: made({
      description: "Comments",
      filterTypes: ["comment.add", "comment.delete"],
      channels: ["tenant-1", "a_b.c"],
      disabled: true,
      rateLimit: 5,
      uid: "my.endpoint_1-a",
    }),
  },
  {
    row: "a secret that is sent is ignored, and so is what is not known",
    request: create({ ...URL_ONLY, secret: "whsec_plJ3nmyCDGBKInavdOK15jsl", id: "ep_x", version: 1 }),
    status: 200,
    body: made({}),
  },
  {
    row: "an unknown but well-formed event type",
    request: create({ ...URL_ONLY, filterTypes: ["comment.added"] }),
    status: 200,
    body: made({ filterTypes: ["comment.added"] }),
  },
  {
    row: "the longest type, channel and uid, and ten channels",
    request: create({
      ...URL_ONLY,
      filterTypes: ["t".repeat(256), ".-_"],
      channels: ["c".repeat(128), ..."123456789"],
      uid: "u".repeat(256),
    }),
    status: 200,
    body: made({
      filterTypes: ["t".repeat(256), ".-_"],
      channels: ["c".repeat(128), ..."123456789"],
      uid: "u".repeat(256),
    }),
  },
  {
    row: "userinfo in the URL is taken, and not shown",
    request: create({ url: "https://user:pass@example.com/x?y=1" }),
    status: 200,
    body: made({ url: "https://***@example.com/x?y=1" }),
  },
  {
    row: "http, and a URL without a path as it was given",
    request: create({ url: "http://example.com" }),
    status: 200,
    body: made({ url: "http://example.com" }),
  },
  ...[
    undefined,
    "",
    "nope",
    "ftp://example.com",
    "//example.com/x",
    "https://",
    "http://exa mple.com",
    17,
    null,
    {},
  ].map((url) => ({
    row: `the URL ${JSON.stringify(url)}`,
    request: create({ url }),
    status: 400,
    body: invalid("url must be a valid http(s) URL."),
  })),
  {
    row: "no data at all",
    request: { path: `${ENDPOINTS}/create` },
    status: 400,
    body: invalid("url must be a valid http(s) URL."),
  },
  ...(
    [
      ["filterTypes", []],
      ["filterTypes", "comment.add"],
      ["filterTypes", [1]],
      ["filterTypes", ["comment add"]],
      ["filterTypes", ["comment.*"]],
      ["filterTypes", [""]],
      ["filterTypes", ["t".repeat(257)]],
      ["filterTypes", ["comment.add", "comment.add"]],
      ["filterTypes", Array.from({ length: 501 }, (_, index) => `t${index}`)],
      ["channels", []],
      ["channels", {}],
      ["channels", ["a b"]],
      ["channels", ["c".repeat(129)]],
      ["channels", ["a", "a"]],
      ["channels", [..."0123456789a"]],
      ["rateLimit", 0],
      ["rateLimit", -1],
      ["rateLimit", 1.5],
      ["rateLimit", "5"],
      ["rateLimit", 100_001],
      ["metadata", { team: 1 }],
      ["metadata", ["a"]],
      ["metadata", "a"],
      ["metadata", { text: "x".repeat(5000) }],
      ["description", 1],
      ["description", "x".repeat(1025)],
      ["disabled", "true"],
      ["disabled", null],
      ["uid", ""],
      ["uid", "a b"],
      ["uid", "u".repeat(257)],
      ["uid", 1],
    ] as const
  ).map(([name, value]) => ({
    row: `${name} ${JSON.stringify(value).slice(0, 40)}`,
    request: create({ ...URL_ONLY, [name]: value }),
    status: 400,
    body: invalid(expect.stringMatching(new RegExp(`^${name}\\b.*\\.$`))),
  })),
  {
    row: "a URL that is too long",
    request: create({ url: `https://example.com/${"x".repeat(2048)}` }),
    status: 400,
    body: invalid(expect.stringMatching(/^url: /)),
  },
  {
    row: "a URL at a forbidden address",
    request: create({ url: "http://169.254.169.254/" }),
    status: 400,
    body: invalid(expect.stringMatching(/^url: /)),
  },
];

const UPDATE_ROWS: readonly Row[] = [
  {
    row: "one field, the others stay",
    request: update({ description: "d" }),
    status: 200,
    body: changed({ description: "d" }),
  },
  {
    row: "each field",
    request: update({
      url: "https://example.com/new",
      description: "d",
      filterTypes: ["huddle.join"],
      channels: ["c"],
      disabled: true,
      rateLimit: 3,
      metadata: { a: "b" },
    }),
    status: 200,
    body: changed({
      url: "https://example.com/new",
      description: "d",
      filterTypes: ["huddle.join"],
      channels: ["c"],
      disabled: true,
      rateLimit: 3,
    }),
  },
  { row: "metadata alone", request: update({ metadata: { a: "b" } }), status: 200, body: changed({}) },
  ...["filterTypes", "channels", "rateLimit", "description"].map((name) => ({
    row: `null clears ${name}`,
    request: update({ [name]: null }),
    status: 200,
    body: changed({}),
  })),
  {
    row: "nothing besides endpointId",
    request: update({}),
    status: 400,
    body: invalid("At least one endpoint field besides endpointId must be provided."),
  },
  {
    row: "uid is no field of it",
    request: update({ uid: "another" }),
    status: 400,
    body: invalid("At least one endpoint field besides endpointId must be provided."),
  },
  ...[undefined, null, ""].map((endpointId) => ({
    row: `endpointId ${JSON.stringify(endpointId)}`,
    request: update({ endpointId, description: "d" }),
    status: 400,
    body: invalid("endpointId is required."),
  })),
  {
    row: "unknown endpoint",
    request: update({ endpointId: UNKNOWN_ID, description: "d" }),
    status: 404,
    body: failure("NOT_FOUND", PROVIDER_FAILED),
  },
  {
    row: "arguments are looked at before existence",
    request: update({ endpointId: UNKNOWN_ID, rateLimit: 0 }),
    status: 400,
    body: invalid("rateLimit must be a positive integer."),
  },
  ...(
    [
      ["url", "nope"],
      ["url", null],
      ["filterTypes", []],
      ["channels", []],
      ["rateLimit", 0.5],
      ["metadata", { a: null }],
      ["disabled", null],
      ["description", 1],
    ] as const
  ).map(([name, value]) => ({
    row: `${name} ${JSON.stringify(value)}`,
    request: update({ [name]: value }),
    status: 400,
    body: invalid(expect.stringMatching(new RegExp(`^${name} must be .*\\.$`))),
  })),
];

const ID_ROWS: readonly Row[] = [
  {
    row: "delete",
    request: remove({ endpointId: "new" }),
    status: 200,
    body: success("Advanced webhook endpoint deleted successfully.", { endpointId: ID, deleted: true }),
  },
  {
    row: "secret",
    request: secret({ endpointId: "new" }),
    status: 200,
    body: success("Advanced webhook endpoint secret retrieved successfully.", {
      endpointId: ID,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/),
    }),
  },
  ...[remove, secret].flatMap((request) => [
    ...[UNKNOWN_ID, "nope", "ep_", `ep_${"0".repeat(27)}`].map((endpointId) => ({
      row: `unknown endpoint ${endpointId}`,
      request: request({ endpointId }),
      status: 404,
      body: failure("NOT_FOUND", PROVIDER_FAILED),
    })),
    { row: "no endpointId", request: request({}), status: 400, body: invalid("endpointId is required.") },
    {
      row: "endpointId that is no text",
      request: request({ endpointId: 7 }),
      status: 400,
      body: invalid("endpointId must be a string."),
    },
  ]),
];

const LIST_ROWS: readonly Row[] = [
  ...[0, -1, 251, 1.5, "10", null].map((limit) => ({
    row: `limit ${JSON.stringify(limit)}`,
    request: list({ limit }),
    status: 400,
    body: invalid("limit must be an integer from 1 to 250."),
  })),
  ...["x", "e30", "eyJhZnRlciI6MS41fQ", Buffer.from('{"after":1,"before":1}').toString("base64url")].map(
    (iterator) => ({
      row: `iterator ${iterator}`,
      request: list({ iterator }),
      status: 400,
      body: invalid("iterator is not one that this operation returned."),
    }),
  ),
  {
    row: "iterator that is no text",
    request: list({ iterator: 5 }),
    status: 400,
    body: invalid("iterator must be a string."),
  },
];

const CONFIG_ROWS: readonly Row[] = [
  ...[undefined, {}].map((data) => ({
    row: `get with ${JSON.stringify(data)}`,
    request: configGet(data),
    status: 200,
    body: success("Advanced webhook configuration retrieved successfully.", { ...DEFAULTS, isEnabled: true }),
  })),
  ...["", "{}", '{"data":{}}', ' {"data": {} , "other": 1}'].map((bytes) => ({
    row: `get with the body ${JSON.stringify(bytes)}`,
    request: { path: `${CONFIG}/get`, bytes },
    status: 200,
    body: success("Advanced webhook configuration retrieved successfully.", { ...DEFAULTS, isEnabled: true }),
  })),
  ...[{}, { other: 1 }].map((data) => ({
    row: `update with ${JSON.stringify(data)}`,
    request: configUpdate(data),
    status: 400,
    body: invalid(
      "At least one of isEnabled, encryptData, encodeData, publicKey or enableDataProtection must be provided.",
    ),
  })),
  ...["isEnabled", "encryptData", "encodeData", "enableDataProtection"].flatMap((name) =>
    ["true", 1, null].map((value) => ({
      row: `update with ${name} ${JSON.stringify(value)}`,
      request: configUpdate({ [name]: value }),
      status: 400,
      body: invalid(`${name} must be a boolean.`),
    })),
  ),
  ...[
    "nope",
    "!!",
    "AAAA",
    17,
    null,
    generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    generateKeyPairSync("rsa", { modulusLength: 512 }).publicKey.export({ type: "spki", format: "pem" }),
    "A".repeat(9000),
  ].map((publicKey, index) => ({
    row: `update with a publicKey that is none, ${index}`,
    request: configUpdate({ publicKey }),
    status: 400,
    body: invalid("publicKey is not a valid RSA public key."),
  })),
];

describe.each([
  ["3.4 create", CREATE_ROWS],
  ["3.5 get", LIST_ROWS],
  ["3.6 update", UPDATE_ROWS],
  ["3.7 delete and 3.8 secret", ID_ROWS],
  ["3.2 and 3.3 configuration", CONFIG_ROWS],
])("%s", (_section, rows) => {
  test.each(rows)("$row", (row) => tell(row));
});

describe("1 conventions", () => {
  const operations = [AUTH_TOKENS, `${CONFIG}/get`, `${CONFIG}/update`].concat(
    ["create", "get", "update", "delete", "secret/get"].map((name) => `${ENDPOINTS}/${name}`),
  );

  test.each(operations)("%s with a body that is no JSON", async (path) => {
    const answer = await send({ path, bytes: "{" });
    expect([answer.status, answer.body]).toEqual([400, invalid("The request body must be valid JSON.")]);
  });

  test.each(operations)("%s with a body or data that is no object", async (path) => {
    for (const bytes of ["[]", "null", '"x"', "1"]) {
      expect((await send({ path, bytes })).body).toEqual(invalid("The request body must be a JSON object."));
    }
    for (const data of [[], null, "x"]) {
      expect((await send({ path, data })).body).toEqual(invalid("data must be an object."));
    }
  });

  test.each(operations)("%s by another method", async (path) => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await send({ path, method });
      expect([answer.status, answer.headers.get("allow"), answer.body.error.status]).toEqual([
        400,
        "POST",
        "INVALID_ARGUMENT",
      ]);
    }
  });

  test("a slash at the end is ignored", async () => {
    const answer = await send({ path: `${CONFIG}/get/` });
    expect([answer.status, answer.body.result.data.isEnabled]).toEqual([200, true]);
  });

  test.each(["/v2/workspace/webhookconfig/get", `${ENDPOINTS}/`, "/v2/workspace/constructor", `${CONFIG}/get/x`])(
    "%s is no operation",
    async (path) => {
      const answer = await send({ path });
      expect([answer.status, answer.body]).toEqual([404, failure("NOT_FOUND", "There is no such operation.")]);
    },
  );

  test("a text that cannot be stored is refused by its field", async () => {
    const answer = await send({ path: `${ENDPOINTS}/create`, bytes: '{"data":{"description":"\\u0000"}}' });
    expect([answer.status, answer.body]).toEqual([400, invalid(expect.stringMatching(/^description: /))]);
  });

  test("a body that is too large is refused", async () => {
    const answer = await send({ path: `${ENDPOINTS}/create`, bytes: " ".repeat(1024 * 1024 + 1) });
    expect([answer.status, answer.body]).toEqual([400, invalid("The request body is too large.")]);
  });
});

describe("2 authentication, in the order in which it is checked", () => {
  const ofTheApiKey: readonly (readonly [NonNullable<VeltRequest["headers"]>, number, unknown])[] = [
    [{ "x-velt-api-key": undefined, "x-velt-auth-token": undefined }, 400, invalid("API key is required")],
    [{ "x-velt-api-key": "" }, 400, invalid("API key is required")],
    [{ "x-velt-auth-token": undefined }, 400, invalid("Auth token is required")],
    [{ "x-velt-api-key": "nobody's", "x-velt-auth-token": undefined }, 400, invalid("Auth token is required")],
    [{ "x-velt-api-key": "nobody's" }, 403, failure("PERMISSION_DENIED", "Invalid API key.")],
    [{ "x-velt-auth-token": "another" }, 403, failure("PERMISSION_DENIED", "Invalid auth token.")],
  ];

  test.each(["create", "get", "update", "delete", "secret/get"].map((name) => `${ENDPOINTS}/${name}`))(
    "%s",
    async (path) => {
      for (const [headers, status, body] of ofTheApiKey) {
        // Before the body is looked at.
        const answer = await send({ path, bytes: "{", headers });
        expect([answer.status, answer.body]).toEqual([status, body]);
      }
    },
  );

  test.each([`${CONFIG}/get`, `${CONFIG}/update`])("%s", async (path) => {
    for (const [headers, status, body] of ofTheApiKey) {
      const answer = await send({ path, headers });
      expect([answer.status, answer.body]).toEqual([status, body]);
    }
  });

  test.each([
    ["x-velt-workspace-id", undefined, 400, invalid("Auth Token not found in headers.")],
    ["x-velt-workspace-auth-token", undefined, 400, invalid("Auth Token not found in headers.")],
    ["x-velt-workspace-id", "nobody's", 403, failure("PERMISSION_DENIED", "Invalid workspace credentials.")],
    ["x-velt-workspace-auth-token", "no", 403, failure("PERMISSION_DENIED", "Invalid workspace credentials.")],
  ])("auth tokens with the header %s %s", async (name, value, status, body) => {
    const answer = await send({ path: AUTH_TOKENS, data: {}, headers: { [name]: value } });
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test("the credentials of one workspace and of another are none", async () => {
    const { authToken, workspaceAuthToken } = workspaces.disabled;
    const answer = await send({ path: `${CONFIG}/get`, headers: { "x-velt-auth-token": authToken } });
    expect(answer.body).toEqual(failure("PERMISSION_DENIED", "Invalid auth token."));
    const headers = { "x-velt-workspace-auth-token": workspaceAuthToken };
    const other = await send({ path: AUTH_TOKENS, data: { apiKey: workspaces.enabled.apiKey }, headers });
    expect(other.body).toEqual(failure("PERMISSION_DENIED", "Invalid workspace credentials."));
    // Nor is one kind the other.
    const mixed = await send({
      path: `${CONFIG}/get`,
      headers: { "x-velt-auth-token": workspaces.enabled.workspaceAuthToken },
    });
    expect(mixed.body).toEqual(failure("PERMISSION_DENIED", "Invalid auth token."));
  });
});

describe("3.0 the states of a workspace", () => {
  const endpointOperations = ["create", "get", "update", "delete", "secret/get"];
  const precondition = (message: string) => ({ status: 400, body: failure("FAILED_PRECONDITION", message) });

  test.each([
    ["not_available", M1],
    ["never_configured", M2],
    ["disabled", M3],
  ] as const)("%s: endpoint operations", async (state, message) => {
    for (const name of endpointOperations) {
      // Before arguments and existence, whatever they are.
      for (const request of [{ data: { endpointId: UNKNOWN_ID } }, { data: {} }, { bytes: "{" }]) {
        const path = `${ENDPOINTS}/${name}`;
        await tell({ row: "", request: { path, ...request }, ...precondition(message) }, clientOf(workspaces[state]));
      }
    }
  });

  test.each([
    ["never_configured", DEFAULTS],
    ["disabled", DEFAULTS],
    ["enabled", { ...DEFAULTS, isEnabled: true }],
  ] as const)("%s: the configuration shows", async (state, config) => {
    const body = success("Advanced webhook configuration retrieved successfully.", config);
    await tell({ row: "", request: configGet({}), status: 200, body }, clientOf(workspaces[state]));
  });

  test("not available: nor is the configuration", async () => {
    const as = clientOf(workspaces.not_available);
    await tell({ row: "", request: configGet({}), ...precondition(M1) }, as);
    for (const data of [{ isEnabled: true }, {}, { isEnabled: "yes" }]) {
      await tell({ row: "", request: configUpdate(data), ...precondition(M1) }, as);
    }
  });

  test("never configured: the first update switches on, and nothing else is taken before", async () => {
    const as = clientOf(await openWorkspace(world, "never_configured"));
    for (const data of [{}, undefined, { isEnabled: false }, { encodeData: true }, { isEnabled: "yes" }]) {
      await tell({ row: "", request: configUpdate(data), ...precondition(M2) }, as);
    }
    const on = success("Advanced webhook configuration updated successfully.", {
      ...DEFAULTS,
      isEnabled: true,
      encodeData: true,
    });
    const request = configUpdate({ isEnabled: true, encodeData: true });
    await tell({ row: "", request, status: 200, body: on }, as);
    expect((await as(create(URL_ONLY))).status).toBe(200);
  });

  test("disabled: any valid update is taken, and what was made is there when they are on again", async () => {
    const as = clientOf(await openWorkspace(world));
    const { body: created } = await as(create(URL_ONLY));
    const { body: before } = await as(secret({ endpointId: created.result.data.id }));
    const updated = (config: object) => ({
      status: 200,
      body: success("Advanced webhook configuration updated successfully.", { ...DEFAULTS, ...config }),
    });
    await tell({ row: "", request: configUpdate({ isEnabled: false }), ...updated({}) }, as);
    await tell({ row: "", request: configUpdate({ encryptData: true }), ...updated({ encryptData: true }) }, as);
    const on = { encryptData: true, isEnabled: true, enableDataProtection: true };
    const request = configUpdate({ isEnabled: true, enableDataProtection: true });
    await tell({ row: "", request, ...updated(on) }, as);
    expect((await as(list({}))).body.result.data.endpoints).toEqual([created.result.data]);
    expect((await as(secret({ endpointId: created.result.data.id }))).body).toEqual(before);
  });
});

describe("3.1 auth tokens", () => {
  const tokens = (data: unknown) => ({ path: AUTH_TOKENS, data });

  test("those of the API key are shown", async () => {
    const { apiKey, authToken } = workspaces.enabled;
    const authTokens = [{ token: authToken, name: "Default Auth Token", domains: [] }];
    const body = success("Auth tokens retrieved successfully.", { apiKey, authTokens });
    await tell({ row: "", request: tokens({ apiKey }), status: 200, body });
    const answer = await send({ ...tokens({ apiKey }), headers: { "x-velt-api-key": undefined } });
    expect(answer.status).toBe(200);
  });

  test("whatever the state of the workspace", async () => {
    for (const state of ["disabled", "never_configured", "not_available"] as const) {
      const { apiKey, authToken } = workspaces[state];
      const answer = await clientOf(workspaces[state])(tokens({ apiKey }));
      expect(answer.body.result.data.authTokens[0].token).toBe(authToken);
    }
  });

  test("of an unknown key, and of another workspace's, there are none", async () => {
    for (const apiKey of ["nope", workspaces.disabled.apiKey]) {
      const body = failure("NOT_FOUND", "API key not found.");
      await tell({ row: "", request: tokens({ apiKey }), status: 404, body });
    }
    for (const data of [{}, { apiKey: "" }, { apiKey: null }]) {
      await tell({ row: "", request: tokens(data), status: 400, body: invalid("apiKey is required.") });
    }
    await tell({ row: "", request: tokens({ apiKey: 1 }), status: 400, body: invalid("apiKey must be a string.") });
  });

  test("showing them is in the audit log, without a token", async () => {
    const { apiKey, authToken, path } = workspaces.enabled;
    await send(tokens({ apiKey }));
    const audit = await world.client().get(`${path}/audit?action=dialect.show_tokens`);
    expect(audit.body.data[0]).toMatchObject({ subject: "dialect:velt", after: { tokens: 1 } });
    expect(audit.body.data[0].actor).toMatch(/^dialect:velt:[0-9a-f-]{36}$/);
    expect(audit.text).not.toContain(authToken);
  });
});

describe("3.3 the public key", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = (type: "spki" | "pkcs1") => publicKey.export({ type, format: "der" }).toString("base64");

  test.each([
    ["bare, SubjectPublicKeyInfo", der("spki"), der("spki")],
    ["bare, PKCS#1", der("pkcs1"), der("pkcs1")],
    ["bare, with line breaks", der("spki").replaceAll(/(.{64})/g, "$1\r\n"), der("spki")],
    ["PEM, SubjectPublicKeyInfo", publicKey.export({ type: "spki", format: "pem" }) as string, der("spki")],
    ["PEM, PKCS#1", publicKey.export({ type: "pkcs1", format: "pem" }) as string, der("pkcs1")],
    ["none", "", ""],
  ])("%s", async (_form, given, shown) => {
    const { body } = await send(configUpdate({ publicKey: given }));
    expect(body.result.data).toEqual({ ...DEFAULTS, isEnabled: true, publicKey: shown });
    expect((await send(configGet())).body.result.data.publicKey).toBe(shown);
    if (shown !== "") {
      const type = shown === der("spki") ? "spki" : "pkcs1";
      expect(createPublicKey({ key: Buffer.from(shown, "base64"), format: "der", type }).equals(publicKey)).toBe(true);
    }
  });
});

test("3.4 a uid is unique in its workspace, and free again when its endpoint is gone", async () => {
  const data = { ...URL_ONLY, uid: "once" };
  const { body: first } = await send(create(data));
  const taken = { status: 409, body: failure("ALREADY_EXISTS", PROVIDER_FAILED) };
  await tell({ row: "", request: create(data), ...taken });
  expect((await clientOf(await openWorkspace(world))(create(data))).status).toBe(200);
  await send(remove({ endpointId: first.result.data.id }));
  expect((await send(create(data))).body.result.data.uid).toBe("once");
});

test("3.4 and 3.9 metadata is stored and not returned", async () => {
  const { body } = await send(create({ ...URL_ONLY, metadata: { team: "docs" } }));
  const { body: native } = await world.client().get(`${workspaces.enabled.path}/endpoints?limit=1`);
  expect(native.data[0].metadata).toEqual({ team: "docs" });
  await send(update({ endpointId: body.result.data.id, metadata: {} }));
  const { body: after } = await world.client().get(`${workspaces.enabled.path}/endpoints/${native.data[0].id}`);
  expect(after.metadata).toEqual({});
});

test("3.6 an update keeps what is left out, and moves updatedAt alone", async () => {
  const data = { ...URL_ONLY, description: "kept", filterTypes: ["comment.add"], channels: ["c"], rateLimit: 7 };
  const { body: before } = await send(create({ ...data, uid: "kept" }));
  world.clock.advance(1000);
  const { body: after } = await send(update({ endpointId: before.result.data.id, description: "new" }));
  const { updatedAt, ...rest } = after.result.data;
  expect(rest).toEqual({ ...before.result.data, description: "new", updatedAt: undefined });
  expect(updatedAt > before.result.data.updatedAt).toBe(true);
  const nulls = { filterTypes: null, channels: null, rateLimit: null, description: null };
  const { body: cleared } = await send(update({ endpointId: before.result.data.id, ...nulls }));
  expect(cleared.result.data).toMatchObject({ ...nulls, uid: "kept" });
});

test("3.7 and 3.8 a second delete, and the secret of what is gone, are not found; a secret stays what it is", async () => {
  const { body: created } = await send(create(URL_ONLY));
  const endpointId = created.result.data.id;
  const { body: first } = await send(secret({ endpointId }));
  expect((await send(secret({ endpointId }))).body).toEqual(first);
  expect(Buffer.from(first.result.data.secret.slice("whsec_".length), "base64")).toHaveLength(24);
  expect(created).not.toHaveProperty("result.data.secret");
  expect((await send(remove({ endpointId }))).status).toBe(200);
  for (const request of [remove, secret]) {
    const answer = await send(request({ endpointId }));
    expect([answer.status, answer.body]).toEqual([404, failure("NOT_FOUND", PROVIDER_FAILED)]);
  }
});

test("another workspace's endpoint is not there", async () => {
  const { body: created } = await send(create(URL_ONLY));
  const other = clientOf(await openWorkspace(world));
  const endpointId = created.result.data.id;
  for (const request of [remove({ endpointId }), secret({ endpointId }), update({ endpointId, description: "d" })]) {
    expect((await other(request)).body).toEqual(failure("NOT_FOUND", PROVIDER_FAILED));
  }
  expect((await other(list({}))).body.result.data.endpoints).toEqual([]);
});

test("3.8 where secrets are shown to nobody, so are these", async () => {
  await using closed = await startTestServer({ config: { reveal: "never" } });
  const sendClosed = clientOf(await openWorkspace(closed));
  const { body: created } = await sendClosed(create(URL_ONLY));
  const answer = await sendClosed(secret({ endpointId: created.result.data.id }));
  expect([answer.status, answer.body.error.status]).toEqual([403, "PERMISSION_DENIED"]);
});
