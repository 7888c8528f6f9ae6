import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, test } from "vitest";

import { createApiClient } from "../support/api-client.ts";

const document = {
  openapi: "3.1.0",
  info: { title: "Things", version: "1" },
  paths: {
    "/things/{id}": {
      get: {
        operationId: "getThing",
        responses: {
          200: { description: "", content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } },
          default: { description: "" },
        },
      },
      delete: { operationId: "deleteThing", responses: { 204: { description: "" } } },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        properties: { at: { type: "string", format: "date-time" } },
        required: ["at"],
        additionalProperties: false,
      },
    },
  },
};

/** What the server answers next. */
let next: { status: number; type?: string; body?: string; withoutId?: boolean };
let server: Server;
let baseUrl: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const isDocument = request.url === "/v1/openapi.json";
    const answer = isDocument ? { status: 200, type: "application/json", body: JSON.stringify(document) } : next;
    const { status, type, body } = answer;
    response.writeHead(status, {
      ...(type === undefined ? {} : { "content-type": type }),
      ...(next?.withoutId ? {} : { "x-request-id": "r" }),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const sound = { status: 200, type: "application/json", body: '{"at":"2026-01-31T12:00:00.000Z"}' };
const get = () => createApiClient({ baseUrl, token: null }).get("/things/1");

test("an answer as declared passes and is told to the recorder", async () => {
  next = sound;
  const records: unknown[] = [];
  const client = createApiClient({ baseUrl, token: null, onRecord: (record) => records.push(record) });
  await client.get("/things/1?x=1");
  expect(records).toEqual([{ route: "GET /things/{id}", status: 200 }]);
});

test.each([
  ["an undeclared status, though there is a default", { status: 500 }, /undeclared status 500/],
  ["a missing member", { ...sound, body: "{}" }, /another body than declared/],
  ["a member that is not declared", { ...sound, body: sound.body.replace("}", ',"x":1}') }, /another body/],
  ["a time without milliseconds", { ...sound, body: '{"at":"2026-01-31T12:00:00Z"}' }, /another body/],
  ["another content type", { ...sound, type: "application/problem+json" }, /declared as application\/json/],
  ["no request id", { ...sound, withoutId: true }, /without x-request-id/],
])("an answer with %s fails", async (_name, answer, message) => {
  next = answer;
  await expect(get()).rejects.toThrow(message);
});

test("a path that is declared nowhere is not checked", async () => {
  next = { status: 404 };
  expect((await createApiClient({ baseUrl, token: null }).get("/other")).status).toBe(404);
});
