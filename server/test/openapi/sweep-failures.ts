/**
 * Makes, on every declared route, the failures that mean the same everywhere: no credentials, a key without the scope,
 * a foreign tenant, a body that is no JSON, of another type or too large, a cursor that is none, an Idempotency-Key in
 * use. A route that answers otherwise than it declares fails here, whoever wrote it.
 */
import { createHash } from "node:crypto";

import { expect } from "vitest";

import { SCOPES } from "../../src/core/access/scopes.ts";
import { beginRequest } from "../../src/core/idempotency/begin-request.ts";
import { finishRequest } from "../../src/core/idempotency/finish-request.ts";
import { toNumberId, toUuidId } from "../../src/core/ids/public-id.ts";
import { idempotencyScope } from "../../src/http/idempotency.ts";
import type { TestApi } from "../support/start-api.ts";
import type { OpenApiDocument, OpenApiOperation } from "./check-answer.ts";
import { fillInPath, type PathValues } from "./fill-in-path.ts";

const TENANT = "swept";
const NOBODY = "00000000-0000-4000-8000-000000000000";
const TOO_LARGE = Buffer.alloc(1024 * 1024 + 1, " ");

/** What a path's parameter may be, by the step before it: well-formed, naming nothing. */
const PLACEHOLDERS: PathValues = {
  tenants: TENANT,
  "api-keys": toUuidId("key", NOBODY),
  users: toUuidId("usr", NOBODY),
  endpoints: toUuidId("ep", NOBODY),
  events: toNumberId("evt", 1),
  deliveries: toNumberId("dlv", 1),
  recoveries: toUuidId("rec", NOBODY),
  attempts: toNumberId("att", 1),
  "event-types": "swept.type",
  secrets: "1",
  dialects: "selfcommunity",
};

interface SweptRoute {
  readonly method: string;
  /** With every parameter filled in. */
  readonly path: string;
  readonly operation: OpenApiOperation;
  /** A body that passes the schema. */
  readonly body: object;
}

/** `bodies` holds, by operation id, a body that passes the schema; `{}` where none is named. */
export async function sweepFailures(
  api: TestApi,
  document: OpenApiDocument,
  bodies: Readonly<Record<string, object>>,
): Promise<void> {
  await api.client().post("/v1/tenants", { name: "Swept", slug: TENANT });
  const tokens = await createNarrowTokens(api);
  for (const [template, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const body = bodies[operation.operationId] ?? {};
      const route = { method: method.toUpperCase(), path: fillInPath(template, PLACEHOLDERS), operation, body };
      await refuseStrangers(api, route, tokens);
      if (operation.requestBody !== undefined) await refuseBodies(api, route);
      if (takes(operation, "query", "cursor")) await expectStatus(api, route, { query: "?cursor=!" }, 400);
      if (takes(operation, "header", "idempotency-key") && !isPublish(operation)) await refuseKeys(api, route);
    }
  }
}

/** Publishing keeps its Idempotency-Keys in the store statement; its own scenario makes these answers. */
function isPublish(operation: OpenApiOperation): boolean {
  return operation.operationId.startsWith("publish");
}

/** Two keys with one scope each: whatever a route needs, one of them lacks it. */
async function createNarrowTokens(api: TestApi): Promise<string[]> {
  const [first, second] = SCOPES;
  const tokens: string[] = [];
  for (const scope of [first, second]) {
    const { body } = await api.client().post(`/v1/tenants/${TENANT}/api-keys`, { name: scope, scopes: [scope] });
    tokens.push(body.token);
  }
  return tokens;
}

async function refuseStrangers(api: TestApi, route: SweptRoute, tokens: readonly string[]): Promise<void> {
  if (route.operation.responses["401"] !== undefined) await expectStatus(api, route, { token: null }, 401);
  if (route.path.startsWith(`/v1/tenants/${TENANT}`)) {
    const path = route.path.replace(TENANT, toUuidId("ten", NOBODY));
    await expectStatus(api, { ...route, path }, {}, 404);
  }
  if (route.operation.responses["403"] === undefined) return;
  const statuses: number[] = [];
  for (const token of tokens) {
    statuses.push((await api.client(token).request(route.method, route.path, bodyOf(route))).status);
  }
  expect(statuses, `${route.method} ${route.path} with keys that lack the scope`).toContain(403);
}

async function refuseBodies(api: TestApi, route: SweptRoute): Promise<void> {
  await expectStatus(api, route, { bytes: "{" }, 400);
  await expectStatus(api, route, { bytes: "{}", headers: { "content-type": "text/plain" } }, 415);
  await expectStatus(api, route, { bytes: TOO_LARGE }, 413);
}

async function refuseKeys(api: TestApi, route: SweptRoute): Promise<void> {
  const key = `sweep ${route.operation.operationId}`;
  const scope = idempotencyScope({ kind: "root", address: null }, route.method, route.path);
  const fingerprint = createHash("sha256").update(JSON.stringify(route.body)).digest();
  const { context } = api;
  const begun = await beginRequest({ context, scope, key, fingerprint });
  if (begun.kind !== "first") throw new Error(`the key of ${route.path} was used before`);
  await expectStatus(api, route, { idempotencyKey: key }, 409);
  await finishRequest({ context, claim: begun.claim, answer: { status: 200, headers: {}, body: Buffer.from("{}") } });
  await expectStatus(api, route, { idempotencyKey: key, bytes: '{"another":"body"}' }, 422);
  await expectStatus(api, route, { idempotencyKey: "k".repeat(201) }, 400);
}

interface Variation {
  readonly token?: null;
  readonly query?: string;
  readonly bytes?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
}

async function expectStatus(
  api: TestApi,
  route: SweptRoute,
  { token, query = "", ...options }: Variation,
  status: number,
): Promise<void> {
  const client = token === null ? api.client(null) : api.client();
  const answer = await client.request(route.method, route.path + query, bodyOf(route), options);
  expect(answer.status, `${route.method} ${route.path}${query}: ${answer.text}`).toBe(status);
}

function bodyOf(route: SweptRoute): object | undefined {
  return route.operation.requestBody === undefined ? undefined : route.body;
}

function takes(operation: OpenApiOperation, place: string, name: string): boolean {
  return operation.parameters?.some((parameter) => parameter.in === place && parameter.name === name) ?? false;
}
