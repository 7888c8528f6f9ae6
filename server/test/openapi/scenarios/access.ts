/** Gets every answer of the routes of users, sessions and the audit log that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

const TENANT = "/v1/tenants/access";
const PASSWORD = "correct horse battery";
/** More than run and wait at once. */
const QUEUED = 20;

export const accessBodies = {
  createUser: { email: "swept@example.com", role: "viewer" },
  logIn: { tenant: "nobody", email: "nobody@example.com", password: PASSWORD },
  refreshSession: { refreshToken: "phr_none" },
};

export async function exerciseAccess(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Access", slug: "access" });
  const user = { email: "ada@example.com", role: "developer", password: PASSWORD };
  const created = await root.post(`${TENANT}/users`, user);
  expect(created.status).toBe(201);
  expect((await root.post(`${TENANT}/users`, user)).status).toBe(409);
  expect((await root.get(`${TENANT}/users`)).status).toBe(200);
  await exerciseSessions(api);

  const path = `${TENANT}/users/${created.body.id}`;
  const other = await root.post(`${TENANT}/users`, { email: "grace@example.com", role: "viewer" });
  expect((await root.patch(path, { name: "Ada" })).status).toBe(200);
  expect((await root.patch(path, { number: other.body.number })).status).toBe(409);
  await withFullQueue(api, async () => {
    expect((await root.patch(path, { password: PASSWORD })).status).toBe(429);
    expect((await root.post(`${TENANT}/users`, { ...user, email: "new@example.com" })).status).toBe(429);
  });
  expect((await root.delete(path)).status).toBe(204);
  expect((await root.get(`${TENANT}/audit`)).status).toBe(200);
  expect((await root.get(`${TENANT}/audit/head`)).status).toBe(200);
}

async function exerciseSessions(api: TestApi): Promise<void> {
  const nobody = api.client(null);
  const login = { tenant: "access", email: "ada@example.com", password: PASSWORD };
  const opened = await nobody.post("/v1/sessions", login);
  expect(opened.status).toBe(201);
  const refreshed = await nobody.post("/v1/sessions/refresh", { refreshToken: opened.body.refreshToken });
  expect(refreshed.status).toBe(200);
  expect((await api.client(refreshed.body.accessToken).delete("/v1/sessions/current")).status).toBe(204);
  expect((await api.client().delete("/v1/sessions/current")).status).toBe(404);
  await withFullQueue(api, async () => {
    expect((await nobody.post("/v1/sessions", login)).status).toBe(429);
  });
}

async function withFullQueue(api: TestApi, work: () => Promise<void>): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const queued = Array.from({ length: QUEUED }, () => api.context.passwordQueue.run(() => ended));
  try {
    await work();
  } finally {
    end();
    await Promise.all(queued);
  }
}
