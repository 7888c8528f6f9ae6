import { once } from "node:events";
import { connect } from "node:net";

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startApi, type TestApi } from "../../../test/support/start-api.ts";
import { createToken } from "../../core/access/api-key-token.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

test.each([
  ["no credentials", {}],
  ["another scheme", { authorization: "Basic cm9vdDpyb290" }],
  ["a mistyped key", { authorization: `Bearer ${createToken().slice(0, -1)}!` }],
  ["an unknown key", { authorization: `Bearer ${createToken()}` }],
  ["an empty token", { authorization: "Bearer " }],
])("%s: 401 with the scheme that is expected", async (_name, headers) => {
  const answer = await api.client(null).get("/v1/tenants", { headers });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  expect(answer.body.code).toBe("unauthenticated");
});

test("every answer carries a request id, the caller's where it is well-formed, and is not to be stored", async () => {
  const own = await api.client().get("/v1/tenants", { headers: { "x-request-id": "mine-1" } });
  expect(own.headers.get("x-request-id")).toBe("mine-1");
  const made = await api.client(null).get("/v1/nothing", { headers: { "x-request-id": "no spaces" } });
  expect(made.headers.get("x-request-id")).toMatch(/^req_/);
  expect(made.body.requestId).toBe(made.headers.get("x-request-id"));
  for (const answer of [own, made]) {
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("a problem names its type, title, status, code and detail", async () => {
  const { body, headers } = await api.client().get("/v1/nothing");
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toEqual({
    type: "urn:posthorn:problem:not_found",
    title: "Not found",
    status: 404,
    code: "not_found",
    detail: "There is no such path.",
    requestId: headers.get("x-request-id"),
  });
});

test.each([
  ["PUT", "/v1/tenants", "GET, HEAD, POST"],
  ["POST", "/v1/tenants/x", "DELETE, GET, HEAD, PATCH"],
  ["OPTIONS", "/v1/tenants", "GET, HEAD, POST"],
])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
  const answer = await api.client().request(method, path);
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe(allow);
  expect(answer.body.code).toBe("method_not_allowed");
});

test.each(["/v1/tenants/", "/v1/tenants/%2e%2e/x", "/v1/tenants/no%00ne", "/v1/tenants/%ff", "//v1/tenants", "/"])(
  "%s is not found",
  async (path) => {
    const response = await fetch(api.url + path, { headers: { authorization: `Bearer ${api.rootKey}` } });
    expect(response.status).toBe(404);
  },
);

test("HEAD answers as GET does, without a body", async () => {
  const answer = await api.client().request("HEAD", "/v1/tenants");
  expect(answer.status).toBe(200);
  expect(answer.text).toBe("");
});

test("NUL in a query parameter is refused with its name", async () => {
  const answer = await api.client().get("/v1/tenants?cursor=%00");
  expect(answer.body).toMatchObject({ code: "validation_failed", errors: [{ path: "/cursor", code: "invalid_text" }] });
});

test.each([
  ["application/json; charset=utf-8", 201],
  ["application/json;charset=UTF-8", 201],
  ["application/json; charset=latin1", 415],
  ["application/merge-patch+json", 415],
  ["text/json", 415],
])("a body of type %s gets %i", async (type, status) => {
  const answer = await api.client().post("/v1/tenants", { name: "Typed" }, { headers: { "content-type": type } });
  expect(answer.status).toBe(status);
});

test("an encoded body is refused", async () => {
  const headers = { "content-encoding": "gzip" };
  expect((await api.client().post("/v1/tenants", { name: "x" }, { headers })).status).toBe(415);
});

test("a body of exactly 1 MiB is read, one more byte is refused, declared or not", async () => {
  const padded = (bytes: number) => `{"name":"Padded"}${" ".repeat(bytes - 17)}`;
  expect((await api.client().post("/v1/tenants", undefined, { bytes: padded(1024 * 1024) })).status).toBe(201);
  const declared = await api.client().post("/v1/tenants", undefined, { bytes: padded(1024 * 1024 + 1) });
  expect(declared.status).toBe(413);
  expect(declared.body.code).toBe("payload_too_large");

  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  socket.write(
    `POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.rootKey}\r\n` +
      `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
  for (let sent = 0; sent <= 16; sent += 1) socket.write(chunk);
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer.toString().toLowerCase()).toContain("connection: close");
  socket.destroy();
});

test("a caller that goes away in the middle of its body is nobody's fault", async () => {
  const before = api.faults.length;
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  socket.write(
    `POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.rootKey}\r\n` +
      `Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  await once(socket, "ready");
  socket.destroy();
  expect((await api.client().get("/v1/tenants")).status).toBe(200);
  expect(api.faults.length).toBe(before);
});

test("no body that can be thought of is answered with anything but an acceptance or a refusal", async () => {
  const member = fc.constantFrom("name", "slug", "metadata", "__proto__", "constructor", "toString", "x");
  const body = fc.oneof(fc.jsonValue(), fc.dictionary(member, fc.jsonValue({ stringUnit: "binary" })), fc.string());
  const property = fc.asyncProperty(body, async (value) => {
    const bytes = typeof value === "string" ? value : JSON.stringify(value);
    const answer = await api.client().post("/v1/tenants", undefined, { bytes: bytes.toWellFormed() });
    expect([201, 400, 409, 415]).toContain(answer.status);
  });
  await fc.assert(property, { numRuns: 150 });
});
