/** Gets every answer of the secret routes that the sweep does not get by itself. */
import { expect } from "vitest";

import type { TestApi } from "../../support/start-api.ts";

export const secretBodies = { extendOverlap: { overlapSeconds: 60 }, shortenOverlap: { overlapSeconds: 60 } };

export async function exerciseSecrets(api: TestApi): Promise<void> {
  const root = api.client();
  await root.post("/v1/tenants", { name: "Secrets", slug: "secrets" });
  const { body } = await root.post("/v1/tenants/secrets/endpoints", { url: "https://example.com/webhooks" });
  const path = `/v1/tenants/secrets/endpoints/${body.id}/secrets`;
  const act = async (name: string, input: object, status: number): Promise<void> => {
    const answer = await root.post(`${path}/${name}`, input);
    expect(answer.status, `${name}: ${answer.text}`).toBe(status);
  };

  expect((await root.get(path)).status).toBe(200);
  await act("rotate", { reason: "a test" }, 200);
  await act("rotate", {}, 409);
  await act("extend", { overlapSeconds: 90_000 }, 200);
  await act("shorten", { overlapSeconds: 60 }, 200);
  await act("shorten", { overlapSeconds: 90_000 }, 409);
  await act("cancel", {}, 200);
  await act("cancel", {}, 409);
  await act("extend", { overlapSeconds: 60 }, 409);
  await act("stage", {}, 200);
  await act("stage", {}, 409);
  await act("activate", {}, 200);
  await act("activate", {}, 409);
  await act("expire", {}, 200);
  await act("unstage", {}, 409);
  await act("stage", {}, 200);
  await act("unstage", {}, 200);

  await act("reveal", {}, 200);
  await act("reveal", { version: 2 }, 409);
  await guess(api, path);
}

/** A user who gives wrong passwords until no more are taken. */
async function guess(api: TestApi, path: string): Promise<void> {
  const [email, password] = ["secrets@example.com", "a right long password"];
  await api.client().post("/v1/tenants/secrets/users", { email, password, role: "admin" });
  const { body } = await api.client(null).post("/v1/sessions", { tenant: "secrets", email, password });
  const user = api.client(body.accessToken);
  let { status } = await user.post(`${path}/reveal`, { password: "wrong" });
  for (let guesses = 0; status === 403 && guesses < 20; guesses += 1) {
    ({ status } = await user.post(`${path}/reveal`, { password: "wrong" }));
  }
  expect(status).toBe(429);
}
