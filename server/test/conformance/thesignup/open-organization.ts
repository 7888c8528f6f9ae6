/** A tenant of a test's own that speaks thesignup, with keys for whoever a test needs. */
import { expect } from "vitest";

import type { Scope } from "../../../src/core/access/scopes.ts";
import type { Tier } from "../../../src/core/tenants/tier.ts";
import type { TestServer } from "../../support/start-server.ts";

export interface Organization {
  /** The site origin, as the contract's command line client is given it. */
  readonly baseUrl: string;
  readonly tenant: string;
  /** The tenant's path in the native API. */
  readonly path: string;
  /** A key with both scopes of the contract. */
  readonly apiKey: string;
  /** A further key; all scopes of the contract unless others are given. */
  createKey(scopes?: readonly Scope[], expiresAt?: string): Promise<{ readonly id: string; readonly token: string }>;
  /** Publishes through the native API; resolves to how many deliveries were made. */
  publish(type: string, data: string): Promise<number>;
}

const BOTH_SCOPES: readonly Scope[] = [
  "events:read",
  "endpoints:read",
  "endpoints:write",
  "deliveries:read",
  "deliveries:write",
  "secrets:write",
];

export async function openOrganization(
  world: Pick<TestServer, "client"> & { readonly server: Pick<TestServer["server"], "url"> },
  { tier = "org" }: { readonly tier?: Tier } = {},
): Promise<Organization> {
  const root = world.client();
  const created = await root.post("/v1/tenants", { name: "Organization", tier });
  expect(created.status, created.text).toBe(201);
  const path = `/v1/tenants/${created.body.slug}`;
  const dialect = await root.put(`${path}/dialects/thesignup`, {});
  expect([dialect.status, dialect.body.jwtSecret], dialect.text).toEqual([201, null]);
  const createKey = async (scopes: readonly Scope[] = BOTH_SCOPES, expiresAt?: string) => {
    const key = await root.post(`${path}/api-keys`, { name: "Backend", scopes, expiresAt, form: "thesignup" });
    expect(key.status, key.text).toBe(201);
    return { id: key.body.id as string, token: key.body.token as string };
  };
  return {
    baseUrl: world.server.url,
    tenant: created.body.slug,
    path,
    apiKey: (await createKey()).token,
    createKey,
    async publish(type, data) {
      const answer = await root.post(`${path}/events`, undefined, { bytes: `{"type":"${type}","data":${data}}` });
      expect(answer.status, answer.text).toBe(202);
      return answer.body.deliveries;
    },
  };
}
