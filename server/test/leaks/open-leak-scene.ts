/**
 * A server in which everything that is secret has been given, made, shown, used and refused: signing secrets of every
 * profile and an Ed25519 key, API keys, a user's password and tokens, the secrets and tokens of every dialect,
 * credentials in a URL, header values, the root key and the encryption key. It keeps every answer with the names of what that answer
 * promises to show, and every log line, for whoever searches them.
 */
import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";

import { pino } from "pino";
import { expect } from "vitest";

import { answer } from "../../../devkit/receivers/misbehaviours.ts";
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { signJwt } from "../conformance/selfcommunity/open-community.ts";
import type { ApiAnswer, RequestOptions } from "../support/api-client.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";

export const HEADER_VALUE = 'value-of-an "own" header, with/odd?&signs';
export const COOKIE = "cookie-of-the-receiver";
const USER_NAME = "name-in-the-url";
const URL_PASSWORD = "pass-word+of=the&url";
const USER_PASSWORD = 'the user\'s "password", long enough';
const BROUGHT_BYTES = Buffer.from("secret-that-the-owner-brought-in");
export const BROUGHT = `whsec_${BROUGHT_BYTES.toString("base64")}`;
const SELFCOMMUNITY_ENDPOINTS = "/api/v2/webhook/endpoint/";

export interface KeptAnswer {
  /** Method and path. */
  readonly to: string;
  readonly status: number;
  /** Headers and body. */
  readonly shown: string;
  /** Names of watched values. */
  readonly promised: readonly string[];
}

export interface Asking extends RequestOptions {
  /** Default: the root key. */
  readonly token?: string | null;
  readonly body?: unknown;
  /** New secrets that the answer shows: the name to watch each by, and the member where it stands (`a.b` within a). */
  readonly promises?: Readonly<Record<string, string>>;
  /** Watched values that the answer shows again. */
  readonly shows?: readonly string[];
}

export interface LeakScene extends AsyncDisposable {
  readonly server: TestServer;
  readonly receiver: Receiver;
  /** Of the tenant, and of the endpoint that everything was done with. */
  readonly tenant: string;
  readonly endpoint: string;
  readonly watched: Map<string, string | Uint8Array>;
  readonly answers: readonly KeptAnswer[];
  log(): string;
  /** Any request; what it answers is kept. */
  ask(method: string, path: string, asking?: Asking): Promise<ApiAnswer>;
}

export async function openLeakScene(): Promise<LeakScene> {
  let log = "";
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      log += line.toString();
      done();
    },
  });
  const encryptionKey = randomBytes(32);
  const receiver = await startReceiver({ react: answer(500, { "set-cookie": `session=${COOKIE}` }) });
  const server = await startTestServer({
    log: pino({ level: "trace", base: null }, stream),
    config: {
      monitoring: { host: "127.0.0.1", port: 0 },
      encryptionKeys: `leaks:${encryptionKey.toString("base64")}`,
    },
  });
  const answers: KeptAnswer[] = [];
  const watched = new Map<string, string | Uint8Array>([
    ["the root key", server.rootKey],
    ["the encryption key", encryptionKey],
    ["the user name of a URL", USER_NAME],
    ["the password of a URL", URL_PASSWORD],
    ["a header value", HEADER_VALUE],
    ["the receiver's cookie", COOKIE],
    ["a user's password", USER_PASSWORD],
    ["the brought secret", BROUGHT],
    ["the brought secret, its key", BROUGHT_BYTES],
  ]);
  const watch = (name: string, value: string): void => {
    watched.set(name, value);
    if (!value.startsWith("whsec_")) return;
    watched.set(`${name}, its key`, Buffer.from(value.slice("whsec_".length), "base64"));
    watched.set(`${name}, without its prefix`, value.slice("whsec_".length));
  };
  const ask: LeakScene["ask"] = async (method, path, { token, body, promises = {}, shows = [], ...options } = {}) => {
    const answered = await server.client(token).request(method, path, body, options);
    for (const [name, member] of Object.entries(promises)) watch(name, String(readMember(answered.body, member)));
    const promised = [...Object.keys(promises), ...shows];
    const shown = `${JSON.stringify([...answered.headers])}\n${answered.text}`;
    answers.push({ to: `${method} ${path}`, status: answered.status, shown, promised: withParts(promised) });
    return answered;
  };
  const tenant = "/v1/tenants/leaks";
  const scene = { server, receiver, tenant, watched, answers, ask, log: () => log };
  const endpoint = await playOut(scene, watch);
  return {
    ...scene,
    endpoint,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** Resolves to the endpoint's path. */
async function playOut(
  { ask, tenant, receiver, server }: Pick<LeakScene, "ask" | "tenant" | "receiver" | "server">,
  watch: (name: string, value: string) => void,
): Promise<string> {
  await ask("POST", "/v1/tenants", { body: { name: "Leaks", slug: "leaks" } });
  await ask("PUT", `${tenant}/event-types/invoice.paid`, { body: {} });
  await ask("POST", `${tenant}/api-keys`, {
    body: { name: "Publisher", scopes: ["events:publish", "deliveries:read"] },
    promises: { "an API key": "token" },
  }).then(({ body }) => publishWith(body.token));
  const endpoint = `${tenant}/endpoints/${await createEndpoints()}`;
  await actOnSecrets();
  await logInAndReveal();
  await speakSelfCommunity();
  await speakVelt();
  await speakThesignup();
  await logInDevice();
  await signByEd25519();
  return endpoint;

  async function publishWith(token: string): Promise<void> {
    const event = { type: "invoice.paid", data: { n: 1 } };
    await ask("POST", `${tenant}/events`, { token, body: event });
    await ask("POST", `${tenant}/events`, { token: `${token}x`, body: event });
    await ask("GET", `${tenant}/endpoints`, { token });
  }

  async function createEndpoints(): Promise<string> {
    const url = receiver.url.replace("http://", `http://${USER_NAME}:${encodeURIComponent(URL_PASSWORD)}@`);
    const created = await ask("POST", `${tenant}/endpoints`, {
      body: { url, headers: { "x-own": HEADER_VALUE }, retryWaits: [] },
      promises: { "the first secret": "secret" },
    });
    const twice = { body: { url: receiver.url, eventTypes: [], secret: BROUGHT }, idempotencyKey: "create-once" };
    await ask("POST", `${tenant}/endpoints`, { ...twice, shows: ["the brought secret"] });
    await ask("POST", `${tenant}/endpoints`, { ...twice, shows: ["the brought secret"] });
    await ask("POST", `${tenant}/events`, { body: { type: "invoice.paid", data: { n: 2 } } });
    await receiver.waitForRequests(1);
    return created.body.id;
  }

  async function actOnSecrets(): Promise<void> {
    const act = (name: string, asking: Asking) => ask("POST", `${endpoint}/secrets/${name}`, asking);
    await act("rotate", { body: { reason: "story" }, promises: { "the rotated secret": "secret" } });
    await act("stage", { body: {}, promises: { "the staged secret": "secret" } });
    await act("reveal", { body: { reason: "story" }, shows: ["the rotated secret"] });
    await act("reveal", { body: { version: 1 }, shows: ["the first secret"] });
    await ask("POST", `${endpoint}/test`);
  }

  async function logInAndReveal(): Promise<void> {
    const user = { email: "ada@example.com", role: "admin", number: 1, password: USER_PASSWORD };
    await ask("POST", `${tenant}/users`, { body: user });
    const login = { tenant: "leaks", email: user.email, password: USER_PASSWORD };
    const opened = await ask("POST", "/v1/sessions", {
      token: null,
      body: login,
      promises: { "an access token": "accessToken", "a refresh token": "refreshToken" },
    });
    await ask("POST", "/v1/sessions", { token: null, body: { ...login, password: `${USER_PASSWORD}!` } });
    const refreshed = await ask("POST", "/v1/sessions/refresh", {
      token: null,
      body: { refreshToken: opened.body.refreshToken },
      promises: { "the next access token": "accessToken", "the next refresh token": "refreshToken" },
    });
    server.clock.advance(6 * 60_000);
    const token = refreshed.body.accessToken;
    const reveal = `${endpoint}/secrets/reveal`;
    await ask("POST", reveal, { token, body: {} });
    await ask("POST", reveal, { token, body: { password: `${USER_PASSWORD}?` } });
    await ask("POST", reveal, { token, body: { password: USER_PASSWORD }, shows: ["the rotated secret"] });
    await ask("DELETE", "/v1/sessions/current", { token });
    await ask("POST", "/v1/sessions/refresh", { token: null, body: { refreshToken: opened.body.refreshToken } });
  }

  async function speakSelfCommunity(): Promise<void> {
    const dialect = await ask("PUT", `${tenant}/dialects/selfcommunity`, {
      body: { hosts: ["127.0.0.1"] },
      promises: { "a dialect's secret": "jwtSecret" },
    });
    const now = Math.floor(server.clock.nowMs() / 1000);
    const token = signJwt(
      { token_type: "access", user_id: 1, jti: "1", iat: now, exp: now + 60 },
      dialect.body.jwtSecret,
    );
    watch("a dialect's token", token);
    const fields = { target: receiver.url, events: [], description: "leaks" };
    const created = await ask("POST", SELFCOMMUNITY_ENDPOINTS, { token, body: fields });
    expect(created.status, created.text).toBe(201);
    const path = `${SELFCOMMUNITY_ENDPOINTS}${created.body.id}/`;
    await ask("POST", `${path}secret/reveal/`, { token, promises: { "a SelfCommunity secret": "signing_secret" } });
    await ask("POST", `${path}secret/expire/`, { token });
    await ask("GET", SELFCOMMUNITY_ENDPOINTS, { token });
    await ask("GET", SELFCOMMUNITY_ENDPOINTS, { token: `${token}x` });
  }

  async function speakVelt(): Promise<void> {
    const { body } = await ask("PUT", `${tenant}/dialects/velt`, {
      body: {},
      promises: { "a Velt auth token": "authToken", "a Velt workspace token": "workspaceAuthToken" },
    });
    const headers = { "x-velt-api-key": body.apiKey, "x-velt-auth-token": body.authToken };
    const call = (operation: string, data: object, asking: Asking = {}) =>
      ask("POST", `/v2/workspace/${operation}`, { token: null, headers, body: { data }, ...asking });
    await call("advancedwebhookconfig/update", { isEnabled: true });
    const created = await call("advancedwebhook/endpoints/create", { url: receiver.url, filterTypes: ["a.b"] });
    const { id: endpointId } = created.body.result.data;
    const promises = { "a Velt secret": "result.data.secret" };
    expect((await call("advancedwebhook/endpoints/secret/get", { endpointId }, { promises })).status).toBe(200);
    await call("advancedwebhook/endpoints/get", {});
    await call("advancedwebhook/endpoints/get", {}, { headers: { ...headers, "x-velt-auth-token": "another" } });
    await ask("POST", "/v2/workspace/authtokens/get", {
      token: null,
      headers: { "x-velt-workspace-id": body.workspaceId, "x-velt-workspace-auth-token": body.workspaceAuthToken },
      body: { data: { apiKey: body.apiKey } },
      shows: ["a Velt auth token"],
    });
  }

  async function speakThesignup(): Promise<void> {
    await ask("PUT", `${tenant}/dialects/thesignup`, { body: {} });
    const scopes = ["endpoints:read", "endpoints:write", "secrets:write", "deliveries:read"];
    const key = await ask("POST", `${tenant}/api-keys`, {
      body: { name: "CLI", scopes, form: "thesignup" },
      promises: { "a thesignup key": "token" },
    });
    const { token } = key.body;
    const created = await ask("POST", "/api/v1/webhooks", {
      token,
      body: { url: receiver.url },
      promises: { "a thesignup secret": "signingSecret" },
    });
    expect(created.status, created.text).toBe(201);
    const path = `/api/v1/webhooks/${created.body.id}`;
    await ask("POST", `${path}/rotate`, { token, promises: { "a rotated thesignup secret": "signingSecret" } });
    await ask("POST", `${path}/test`, { token });
    for (const shown of ["/api/v1/webhooks", path, `${path}/deliveries`]) await ask("GET", shown, { token });
    await ask("GET", path, { token: `${token}x` });
  }

  /**
   * Begun by a program, approved on the page by the user, renewed, and given back; each step also with something wrong.
   * The user code is too short to be searched for here: device-login.test.ts looks for it in the tables.
   */
  async function logInDevice(): Promise<void> {
    const form = (path: string, fields: Readonly<Record<string, string>>, asking: Asking = {}) =>
      ask("POST", path, {
        token: null,
        bytes: new URLSearchParams(fields).toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
        ...asking,
      });
    const program = { client_id: "cli_thesignup_official" };
    const begun = await form(
      "/oauth/device_authorization",
      { ...program, scope: "webhooks:read offline_access" },
      { promises: { "a device code": "device_code" } },
    );
    const { device_code: deviceCode, user_code: userCode } = begun.body;
    const person = { tenant: "leaks", email: "ada@example.com", password: USER_PASSWORD, user_code: userCode };
    await form("/device", { ...person, password: `${USER_PASSWORD}!` });
    const opened = await form("/device", person, { shows: ["a proof"] });
    const [, proof = ""] = /name="proof" value="([^"]+)"/.exec(opened.text) ?? [];
    watch("a proof", proof);
    const poll = { ...program, grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: deviceCode };
    await form("/oauth/token", poll);
    await form("/device/decision", { proof: `${proof}x`, decision: "approve" });
    expect((await form("/device/decision", { proof, decision: "approve" })).status).toBe(200);
    await form("/device/decision", { proof, decision: "deny" });
    await form("/oauth/token", { ...poll, device_code: `${deviceCode}x` });
    const tokens = await form("/oauth/token", poll, {
      promises: { "a device's access token": "access_token", "a device's refresh token": "refresh_token" },
    });
    await form("/oauth/token", poll);
    const refresh = { ...program, grant_type: "refresh_token", refresh_token: tokens.body.refresh_token };
    const next = await form("/oauth/token", refresh, {
      promises: {
        "the next device's access token": "access_token",
        "the next device's refresh token": "refresh_token",
      },
    });
    await ask("GET", "/api/v1/webhooks", { token: next.body.access_token });
    await form("/oauth/revoke", { ...program, token: next.body.refresh_token });
    await form("/oauth/token", { ...refresh, refresh_token: next.body.refresh_token });
    await ask("GET", "/api/v1/webhooks", { token: next.body.access_token });
  }

  async function signByEd25519(): Promise<void> {
    const made = await ask("POST", `${tenant}/endpoints`, {
      body: { url: receiver.url, eventTypes: [], signature: "ed25519" },
    });
    const secrets = `${tenant}/endpoints/${made.body.id}/secrets`;
    await ask("POST", `${secrets}/reveal`, { body: {}, promises: { "an Ed25519 key": "secret" } });
    await ask("POST", `${secrets}/rotate`, { body: {} });
    await ask("POST", `${secrets}/rehearse`, { body: {} });
    await ask("GET", `${tenant}/jwks`, { token: null });
  }
}

function readMember(body: unknown, member: string): unknown {
  return member.split(".").reduce((value, name) => (value as Readonly<Record<string, unknown>>)[name], body);
}

/** A secret is shown with its parts. */
function withParts(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}, its key`, `${name}, without its prefix`]);
}
