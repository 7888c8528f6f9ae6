/**
 * Nobody reaches another tenant's things, or does more than the key allows: every route of the OpenAPI document is
 * called with another tenant's key and this tenant's real ids (404), with keys of too little scope (403) and with none
 * (401), and not one row of the database is different afterwards. The routes come from the document, so a new one is
 * held to the same or fails here.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { SCOPES } from "../../src/core/access/scopes.ts";
import { fromNumberId } from "../../src/core/ids/public-id.ts";
import type { Queryable } from "../../src/db/database.ts";
import { finishDelivery } from "../support/finish-delivery.ts";
import { type TestApi, startApi } from "../support/start-api.ts";
import { loadDocument, type OpenApiOperation } from "./check-answer.ts";
import { fillInPath, type PathValues } from "./fill-in-path.ts";
import { BODIES } from "./scenarios/bodies.ts";

/** Take no key: they are how one is had, or show what is for everybody. */
const OPEN_TO_ALL = ["logIn", "refreshSession", "listPublicKeys"];
/** Ask for no scope: everybody may see their own tenant, and end their own session. */
const WITHOUT_SCOPE = [...OPEN_TO_ALL, "getTenant", "logOut"];
/** Whose parameter is a name that each tenant has for itself: to put one makes one's own. */
const NAMED = ["event-types", "dialects"];
/** Reading alone, and none that the other has: whatever a route needs, one of them lacks it, and none changes a thing. */
const NARROW = ["audit:read", "users:read"];

interface Route {
  readonly name: string;
  readonly method: string;
  readonly template: string;
  readonly operation: OpenApiOperation;
  readonly body: object | undefined;
}

interface Tenant {
  readonly id: string;
  readonly values: PathValues;
  /** A key with every scope, and one for each of `NARROW`. */
  readonly key: string;
  readonly narrowKeys: readonly string[];
}

let api: TestApi;
let routes: readonly Route[];
let owner: Tenant;
let stranger: Tenant;
let before: string;

beforeAll(async () => {
  api = await startApi();
  const { document } = await loadDocument(api.url);
  routes = Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([verb, operation]) => {
      const method = verb.toUpperCase();
      const body = operation.requestBody === undefined ? undefined : (BODIES[operation.operationId] ?? {});
      return { name: `${method} ${template}`, method, template, operation, body };
    }),
  );
  owner = await openTenant("owner");
  stranger = await openTenant("stranger");
  before = await dump();
});
afterAll(() => api[Symbol.asyncDispose]());

const ask = (route: Route, path: string, token: string | null) =>
  api.client(token).request(route.method, path, route.body);

describe("another tenant's key", () => {
  it("finds nothing in a tenant that is not its own, by id or by slug", async () => {
    const inTenant = routes
      .filter(({ template }) => template.includes("{t}"))
      .filter(({ operation }) => !OPEN_TO_ALL.includes(operation.operationId));
    expect(inTenant.length).toBeGreaterThan(40);
    for (const route of inTenant) {
      for (const tenants of [owner.id, "owner"]) {
        const path = fillInPath(route.template, { ...owner.values, tenants });
        const answer = await ask(route, path, stranger.key);
        expect(answer.status, `${route.name}: ${answer.text}`).toBe(404);
        expect(answer.body.detail, route.name).not.toContain("owner");
      }
    }
    await expectNothingChanged();
  });

  it("finds another's things in no list and under no path of its own tenant", async () => {
    const ids = Object.entries(owner.values).filter(([step]) => !NAMED.includes(step) && step !== "secrets");
    for (const route of routes.filter(({ template }) => template.includes("{t}/"))) {
      const path = fillInPath(route.template, { ...owner.values, tenants: stranger.id });
      const isById = /\{t\}.*\{/.test(route.template);
      if (!isById && route.method !== "GET") continue;
      if (route.method === "PUT" && NAMED.includes(stepsOf(route).at(-2) ?? "")) continue;
      const answer = await ask(route, path, stranger.key);
      const expected = isForRootAlone(route) ? 403 : isById ? 404 : 200;
      expect(answer.status, `${route.name}: ${answer.text}`).toBe(expected);
      for (const [step, id] of ids) expect(answer.text, `${route.name} shows ${step}`).not.toContain(id);
    }
    await expectNothingChanged();
  });
});

it("a key of too little scope is refused on every route that asks for one, with the scope that it lacks", async () => {
  for (const route of routes.filter(({ operation }) => !WITHOUT_SCOPE.includes(operation.operationId))) {
    expect(Object.keys(route.operation.responses), route.name).toContain("403");
    const path = fillInPath(route.template, { ...owner.values, tenants: owner.id });
    const answers = await Promise.all(owner.narrowKeys.map((key) => ask(route, path, key)));
    const refused = answers.filter(({ status }) => status === 403);
    expect(refused.length, route.name).toBeGreaterThan(0);
    if (route.method !== "GET") expect(refused.length, route.name).toBe(answers.length);
    for (const { body } of refused) {
      expect(body.code, route.name).toBe("scope_required");
      const needed = SCOPES.filter((scope) => body.detail.includes(` ${scope}.`));
      expect(needed, `${route.name}: ${body.detail}`).toHaveLength(isForRootAlone(route) ? 0 : 1);
    }
  }
  await expectNothingChanged();
});

it.each([
  ["no key", null],
  ["a key that was never made", "ph_none"],
])("%s is refused on every route that takes one", async (_what, token) => {
  for (const route of routes.filter(({ operation }) => !OPEN_TO_ALL.includes(operation.operationId))) {
    const answer = await ask(route, fillInPath(route.template, { ...owner.values, tenants: owner.id }), token);
    expect(answer.status, `${route.name}: ${answer.text}`).toBe(401);
  }
  await expectNothingChanged();
});

it("sees a change where there is one", async () => {
  await api.client().patch(`/v1/tenants/${owner.id}/endpoints/${owner.values["endpoints"]}`, { description: "other" });
  expect(await dump()).not.toBe(before);
});

function stepsOf({ template }: Route): string[] {
  return template.split("/");
}

/** Tenants as a whole, and which contracts one speaks, are the operator's. */
function isForRootAlone(route: Route): boolean {
  return /^\/v1\/tenants(\/\{t\}(\/dialects.*)?)?$/.test(route.template);
}

/** One of everything that has an id, made as an owner makes it. */
async function openTenant(slug: string): Promise<Tenant> {
  const root = api.client();
  const path = `/v1/tenants/${slug}`;
  const made = async (below: string, body: object): Promise<{ id: string; token: string }> => {
    const answer = await root.post(`${path}${below}`, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body;
  };
  const { body: tenant } = await root.post("/v1/tenants", { name: slug, slug });
  await root.put(`${path}/event-types/${slug}.type`, {});
  await root.put(`${path}/dialects/selfcommunity`, { hosts: [`${slug}.example.com`] });
  const endpoint = await made("/endpoints", { url: "https://example.com/webhooks" });
  await made(`/endpoints/${endpoint.id}/secrets/rotate`, {});
  await made(`/endpoints/${endpoint.id}/secrets/stage`, {});
  const event = await made("/events", { type: `${slug}.type`, data: { n: 1 } });
  const user = await made("/users", { email: `ada@${slug}.example.com`, role: "developer" });
  const { body: deliveries } = await root.get(`${path}/deliveries?eventId=${event.id}`);
  const delivery = deliveries.data[0].id;
  await finishDelivery(api, { deliveryId: fromNumberId("dlv", delivery) ?? 0, state: "exhausted", status: 500 });
  const recovery = await made("/recoveries", {});
  const { body: finished } = await root.get(`${path}/deliveries/${delivery}`);
  const whole = await made("/api-keys", { name: "Whole", scopes: SCOPES });
  const narrow = [];
  for (const scope of NARROW) narrow.push(await made("/api-keys", { name: scope, scopes: [scope] }));
  return {
    id: tenant.id,
    values: {
      "api-keys": whole.id,
      users: user.id,
      endpoints: endpoint.id,
      events: event.id,
      deliveries: delivery,
      recoveries: recovery.id,
      attempts: finished.attempts[0].id,
      "event-types": `${slug}.type`,
      dialects: "selfcommunity",
      secrets: "1",
    },
    key: whole.token,
    narrowKeys: narrow.map(({ token }) => token),
  };
}

async function expectNothingChanged(): Promise<void> {
  expect(await dump()).toBe(before);
}

/** Every row of every table, but for when a key was used last. */
async function dump(database: Queryable = api.database): Promise<string> {
  const tables = await database.query<{ name: string }>(TABLES, []);
  const dumps = tables.map(async ({ name }) => {
    const text = `select (to_jsonb(t) - 'last_used_at')::text as row from "${name}" t order by 1`;
    const rows = await database.query<{ row: string }>({ name: `test-all-of-${name}`, text }, []);
    return [name, ...rows.map(({ row }) => row)].join("\n");
  });
  return (await Promise.all(dumps)).join("\n");
}

const TABLES = {
  name: "test-tables",
  text: `select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
};
