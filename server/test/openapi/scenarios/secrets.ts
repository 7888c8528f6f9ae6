/** Gets every answer of the secret routes that the sweep does not get by itself. */
import { expect } from "vitest";

import { fromUuidId } from "../../../src/core/ids/public-id.ts";
import type { TestApi } from "../../support/start-api.ts";

export const secretBodies = {
  extendOverlap: { overlapSeconds: 60 },
  shortenOverlap: { overlapSeconds: 60 },
  checkReceiver: { consent: true },
};

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

  await exerciseJwks(api);
  await act("rehearse", {}, 409);
  await act("cut-over", {}, 409);
  await act("rotate", { requireRehearsal: true }, 200);
  await act("rehearse", {}, 200);
  await act("expire", {}, 200);
  await act("stage", {}, 200);
  await act("cut-over", { waitSeconds: 0 }, 200);
  await act("check", { consent: false }, 400);
  await act("check", { consent: true }, 200);
  await act("check", { consent: true }, 429);
  await root.post(`/v1/tenants/secrets/endpoints/${body.id}/disable`);
  await act("check", { consent: true }, 409);
  await root.post(`/v1/tenants/secrets/endpoints/${body.id}/enable`);

  await act("reveal", {}, 200);
  await act("reveal", { version: 2 }, 409);
  await guess(api, path);
}

async function exerciseJwks(api: TestApi): Promise<void> {
  const anybody = api.client(null);
  expect((await anybody.get("/v1/tenants/secrets/jwks")).status).toBe(200);
  expect((await anybody.get("/v1/tenants/secrets/jwks?endpoints=ep_1")).status).toBe(400);
  await api.client().post("/v1/tenants", { name: "Keys", slug: "keys" });
  const url = "https://example.com/webhooks";
  const { body } = await api.client().post("/v1/tenants/keys/endpoints", { url, signature: "ed25519" });
  await fillWithPublicKeys(api, fromUuidId("ep", body.id) ?? "");
  expect((await anybody.get("/v1/tenants/keys/jwks")).status).toBe(409);
  expect((await anybody.get(`/v1/tenants/keys/jwks?endpoint=${body.id}`)).status).toBe(200);
}

/** Gives the tenant of an endpoint a thousand endpoints more, each with a version like the endpoint's first. */
export async function fillWithPublicKeys(api: TestApi, endpointId: string): Promise<void> {
  const text = `
    with more as (
      insert into endpoints (id, tenant_id, url, status_changed_at, route_keys, profile, signature, created_at, updated_at)
      select gen_random_uuid(), tenant_id, url, created_at, '{}', profile, signature, created_at, updated_at
      from endpoints, generate_series(1, 1000) where id = $1::uuid
      returning id
    )
    insert into secret_versions (endpoint_id, number, state, scheme, fingerprint, sealed, encryption_key_id, created_by,
      created_at, public_key)
    select more.id, 1, 'active', scheme, fingerprint, sealed, encryption_key_id, created_by, created_at, public_key
    from more, secret_versions where endpoint_id = $1::uuid`;
  await api.database.query({ name: "test-fill-public-keys", text }, [endpointId]);
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
