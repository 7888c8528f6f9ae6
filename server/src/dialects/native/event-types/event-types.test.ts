import { afterAll, beforeAll, expect, test } from "vitest";

import { RESERVED_EVENT_TYPES } from "../../../core/event-types/reserved-event-types.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

async function createTenant(): Promise<string> {
  const { body } = await api.client().post("/v1/tenants", { name: "Types" });
  return `/v1/tenants/${body.id}/event-types`;
}

test("a type is registered, read back, and replaced as a whole", async () => {
  const path = `${await createTenant()}/invoice.paid`;
  const example = '{ "amount": 12345678901234567890, "a": "\\u0000" }';
  const created = await api.client().put(path, { description: "An invoice was paid", example });
  expect(created.status).toBe(201);
  expect(created.body).toEqual({
    name: "invoice.paid",
    description: "An invoice was paid",
    example,
    createdAt: api.clock.now().toISOString(),
    updatedAt: api.clock.now().toISOString(),
    deprecatedAt: null,
  });
  expect((await api.client().get(path)).body).toEqual(created.body);
  api.clock.advance(1000);
  const replaced = await api.client().put(path, {});
  expect(replaced.status).toBe(200);
  expect(replaced.body).toEqual({
    ...created.body,
    description: "",
    example: null,
    updatedAt: api.clock.now().toISOString(),
  });
});

test("a put without a body registers a type", async () => {
  expect((await api.client().put(`${await createTenant()}/bare`)).status).toBe(201);
});

test("a deprecated type keeps its time, and a put revives it", async () => {
  const path = `${await createTenant()}/old.news`;
  await api.client().put(path);
  const deprecated = await api.client().post(`${path}/deprecate`);
  expect(deprecated.body.deprecatedAt).toBe(api.clock.now().toISOString());
  api.clock.advance(1000);
  expect((await api.client().post(`${path}/deprecate`)).body).toEqual(deprecated.body);
  expect((await api.client().put(path)).body.deprecatedAt).toBeNull();
});

test.each(["a b", "a..b", ".a", "a.", "ä", "x".repeat(129), "a.*", "%00", ...RESERVED_EVENT_TYPES])(
  "the name %s cannot be registered",
  async (name) => {
    const answer = await api
      .client()
      .put(`${await createTenant()}/${name.startsWith("%") ? name : encodeURIComponent(name)}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: "validation_failed", errors: [{ path: "/name" }] });
  },
);

test("a name of 128 characters is registered", async () => {
  expect((await api.client().put(`${await createTenant()}/${"x".repeat(128)}`)).status).toBe(201);
});

test.each([
  [{ example: "{" }, "/example", "invalid_format"],
  [{ example: `"${"x".repeat(16_383)}"` }, "/example", "out_of_bounds"],
  [{ example: {} }, "/example", "invalid_type"],
  [{ description: "x".repeat(1025) }, "/description", "out_of_bounds"],
  [{ schema: {} }, "/schema", "unknown_member"],
])("the body %# is refused", async (body, path, code) => {
  const answer = await api.client().put(`${await createTenant()}/checked`, body);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path, code }]);
});

test("what is not registered is not found", async () => {
  const path = await createTenant();
  expect((await api.client().get(`${path}/nothing`)).status).toBe(404);
  expect((await api.client().get(`${path}/%00`)).status).toBe(404);
  expect((await api.client().post(`${path}/nothing/deprecate`)).status).toBe(404);
});

test("a list goes by name, page by page", async () => {
  const path = await createTenant();
  for (const name of ["b", "a.b", "c", "a"]) await api.client().put(`${path}/${name}`);
  const first = (await api.client().get(`${path}?limit=3`)).body;
  const second = (await api.client().get(`${path}?limit=3&cursor=${first.nextCursor}`)).body;
  const names = [...first.data, ...second.data].map((type: { name: string }) => type.name);
  expect(names.toSorted()).toEqual(["a", "a.b", "b", "c"]);
  expect(second.nextCursor).toBeNull();
});

test("one tenant's types are not another's", async () => {
  const [mine, other] = [await createTenant(), await createTenant()];
  await api.client().put(`${mine}/mine`);
  expect((await api.client().get(`${other}/mine`)).status).toBe(404);
  expect((await api.client().get(other)).body.data).toEqual([]);
});
