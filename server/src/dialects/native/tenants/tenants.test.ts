import { afterAll, beforeAll, expect, test } from "vitest";

import { startApi, type TestApi } from "../../../../test/support/start-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});

async function createTenant(body: object) {
  const answer = await api.client().post("/v1/tenants", body);
  expect(answer.status).toBe(201);
  return answer.body;
}

test("a tenant is created with all its fields, and read back by id and by slug", async () => {
  const created = await createTenant({ name: "Acme Inc", slug: "acme", metadata: { plan: "pro", seats: [1, 2] } });
  expect(created).toEqual({
    id: expect.stringMatching(/^ten_[0-9a-z]{26}$/),
    slug: "acme",
    name: "Acme Inc",
    tier: "free",
    metadata: { plan: "pro", seats: [1, 2] },
    createdAt: api.clock.now().toISOString(),
    updatedAt: api.clock.now().toISOString(),
  });
  for (const reference of [created.id, "acme"]) {
    expect((await api.client().get(`/v1/tenants/${reference}`)).body).toEqual(created);
  }
});

test("a tier is given at create or later, and none but the known ones", async () => {
  const { id, tier } = await createTenant({ name: "Tiered", tier: "pro" });
  expect(tier).toBe("pro");
  const path = `/v1/tenants/${id}`;
  expect((await api.client().patch(path, { tier: "org" })).body.tier).toBe("org");
  expect((await api.client().patch(path, { name: "Other" })).body.tier).toBe("org");
  expect((await api.client().patch(path, { tier: "gold" })).status).toBe(400);
});

test("a slug is made from the name, and made unique when it is taken", async () => {
  expect((await createTenant({ name: "Émile & Sons" })).slug).toBe("emile-sons");
  expect((await createTenant({ name: "Émile & Sons" })).slug).toMatch(/^emile-sons-[0-9a-z]{6}$/);
  expect((await createTenant({ name: "日本" })).slug).toMatch(/^tenant-[0-9a-z]{6}$/);
});

test("a chosen slug that is taken is refused", async () => {
  await createTenant({ name: "One", slug: "taken" });
  const answer = await api.client().post("/v1/tenants", { name: "Two", slug: "taken" });
  expect(answer.status).toBe(409);
  expect(answer.body.code).toBe("already_exists");
});

test("a slug that looks like an id is refused", async () => {
  const answer = await api.client().post("/v1/tenants", { name: "x", slug: `ten_${"0".repeat(26)}` });
  expect(answer.body).toMatchObject({ code: "validation_failed", errors: [{ path: "/slug", code: "invalid_format" }] });
});

test("every mistake of a body is told with its path", async () => {
  const metadata = { note: "x".repeat(4096) };
  const answer = await api.client().post("/v1/tenants", { name: "", slug: "UPPER", metadata, colour: "red" });
  expect(answer.status).toBe(400);
  expect(answer.body.errors.map((mistake: { path: string; code: string }) => [mistake.path, mistake.code])).toEqual(
    expect.arrayContaining([
      ["/name", "out_of_bounds"],
      ["/slug", "invalid_format"],
      ["/metadata", "too_long"],
      ["/colour", "unknown_member"],
    ]),
  );
  const missing = await api.client().post("/v1/tenants");
  expect(missing.body.errors).toMatchObject([{ path: "/name", code: "required" }]);
});

test("a name of 256 characters outside the basic plane fits, one more does not", async () => {
  await createTenant({ name: "𝄞".repeat(256) });
  expect((await api.client().post("/v1/tenants", { name: "𝄞".repeat(257) })).status).toBe(400);
});

test("an update changes what it names, replaces metadata and raises updatedAt", async () => {
  const created = await createTenant({ name: "Before", metadata: { a: 1 } });
  api.clock.advance(1000);
  const path = `/v1/tenants/${created.id}`;
  const renamed = await api.client().patch(path, { name: "After" });
  expect(renamed.body).toEqual({ ...created, name: "After", updatedAt: api.clock.now().toISOString() });
  const cleared = await api.client().patch(path, { metadata: {} });
  expect(cleared.body).toMatchObject({ name: "After", metadata: {} });
});

test("a list walks all tenants newest first, each once", async () => {
  const made = [];
  for (let index = 0; index < 5; index += 1) made.push((await createTenant({ name: `Walk ${index}` })).id);
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await api.client().get(`/v1/tenants?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(body.data.length).toBeLessThanOrEqual(2);
    seen.push(...body.data.map((tenant: { id: string }) => tenant.id));
    cursor = body.nextCursor;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.slice(0, 5)).toEqual(made.toReversed());
});

test.each(["?limit=0", "?limit=251", "?limit=x", "?limit=1&limit=2", "?cursor=!", "?cursor=WyJ4Il0", "?page=2"])(
  "a list refuses %s",
  async (query) => {
    const answer = await api.client().get(`/v1/tenants${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe("validation_failed");
  },
);

test("a deleted tenant is gone, and its slug is free", async () => {
  const created = await createTenant({ name: "Gone", slug: "gone" });
  expect((await api.client().delete("/v1/tenants/gone")).status).toBe(204);
  for (const reference of [created.id, "gone"]) {
    expect((await api.client().get(`/v1/tenants/${reference}`)).status).toBe(404);
  }
  expect((await createTenant({ name: "Again", slug: "gone" })).id).not.toBe(created.id);
});
