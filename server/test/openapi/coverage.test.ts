/**
 * Every route and status that the OpenAPI document declares is answered here by the real server, and each answer is
 * checked against the document when it arrives. A declaration that nothing answers fails, as does an answer that
 * nothing declares. It stands in one file, so that it never depends on what other files happened to call.
 */
import { afterAll, beforeAll, expect, test } from "vitest";

import { CoreError } from "../../src/core/errors/core-error.ts";
import { recordTest } from "../support/record-test.ts";
import { startApi, type TestApi } from "../support/start-api.ts";
import { loadDocument, type OpenApiDocument } from "./check-answer.ts";
import { exerciseAccess } from "./scenarios/access.ts";
import { exerciseApiKeys } from "./scenarios/api-keys.ts";
import { BODIES } from "./scenarios/bodies.ts";
import { exerciseDeliveries } from "./scenarios/deliveries.ts";
import { exerciseDialects } from "./scenarios/dialects.ts";
import { exerciseEndpoints } from "./scenarios/endpoints.ts";
import { exerciseEventTypes } from "./scenarios/event-types.ts";
import { exercisePublish } from "./scenarios/publish.ts";
import { exerciseRecoveries } from "./scenarios/recoveries.ts";
import { exerciseSecrets } from "./scenarios/secrets.ts";
import { exerciseTenants } from "./scenarios/tenants.ts";
import { sweepFailures } from "./sweep-failures.ts";

const SCENARIOS = [
  exerciseTenants,
  exerciseApiKeys,
  exerciseAccess,
  exerciseEventTypes,
  exercisePublish,
  exerciseEndpoints,
  exerciseSecrets,
  exerciseDeliveries,
  exerciseRecoveries,
  exerciseDialects,
];
let api: TestApi;
let document: OpenApiDocument;
const answered = new Set<string>();
let isBusy = false;

beforeAll(async () => {
  api = await startApi({
    onRecord: ({ route, status }) => answered.add(`${route} ${status}`),
    engine: {
      sendTest: (input) => (isBusy ? Promise.reject(overloaded()) : recordTest(api, input)),
      sendProbe: (input) => (isBusy ? Promise.reject(overloaded()) : recordTest(api, input, "probe")),
    },
  });
  document = (await loadDocument(api.url)).document;
});
afterAll(() => api[Symbol.asyncDispose]());

test("every declared status of every declared route is really answered, as declared", async () => {
  for (const exercise of SCENARIOS) await exercise(api);
  await sweepFailures(api, document, BODIES);
  expect(api.faults).toEqual([]);
  await testWhileBusy();
  await streamWhenFull();
  await publishWithoutDatabase();

  const declared = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.keys(responses)
        .filter((status) => status !== "default")
        .map((status) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  );
  expect(declared.filter((answer) => !answered.has(answer))).toEqual([]);
}, 120_000);

test("the document is OpenAPI 3.1 with one operation id for each route and the key as its security", () => {
  expect(document.openapi).toBe("3.1.0");
  expect(document).toMatchObject({ components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } } });
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map((operation) => operation.operationId),
  );
  expect(ids.every((id) => typeof id === "string" && id !== "")).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

/** A node that stops can send no test any more. */
async function testWhileBusy(): Promise<void> {
  isBusy = true;
  await api.client().post("/v1/tenants", { name: "Busy", slug: "busy" });
  const { body } = await api.client().post("/v1/tenants/busy/endpoints", { url: "https://example.com/" });
  const path = `/v1/tenants/busy/endpoints/${body.id}`;
  await api.client().post(`${path}/secrets/stage`, {});
  for (const act of ["test", "secrets/rehearse", "secrets/cut-over", "secrets/check"]) {
    const input = act === "test" ? undefined : act === "secrets/check" ? { consent: true } : {};
    const answer = await api.client().post(`${path}/${act}`, input);
    expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([503, "overloaded", "5"]);
  }
}

/** As a node that stops, or has as many streams as it takes. */
async function streamWhenFull(): Promise<void> {
  api.streams.close();
  const answer = await api.client().get("/v1/tenants/busy/stream");
  expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([503, "overloaded", "30"]);
}

function overloaded(): CoreError {
  return new CoreError("overloaded", "The test could not be sent now.", { retryAfterSeconds: 5 });
}

/** The last thing that happens here: a database that is gone is 503, not a fault that looks like a bug. */
async function publishWithoutDatabase(): Promise<void> {
  await api.database[Symbol.asyncDispose]();
  for (const path of ["/v1/tenants/publish/events", "/v1/tenants/publish/events/batch"]) {
    const event = { type: "invoice.paid", data: 1 };
    const answer = await api.client().post(path, path.endsWith("batch") ? { events: [event] } : event);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
  }
}
