/** A tenant of a test's own that speaks SelfCommunity: users 1 and 7 are admins, 2 is a member. */
import { createHmac } from "node:crypto";

import { expect } from "vitest";

import type { TestServer } from "../../support/start-server.ts";

export interface Community {
  /** What a client is given: the host alone. It is the community's own, so it names the tenant. */
  readonly baseUrl: string;
  readonly tenant: string;
  readonly jwtSecret: string;
  /** A token as a backend of the community makes it. `claims` go over the usual ones. */
  token(userId: unknown, claims?: Readonly<Record<string, unknown>>): string;
  /** Publishes through the native API; resolves to how many deliveries were made. */
  publish(type: string, data: string): Promise<number>;
}

const TWO_HOURS = 7200;

/** `host` is registered for the community; it must lead to the server. */
export async function openCommunity(
  world: TestServer,
  { host = "127.0.0.1" }: { readonly host?: string } = {},
): Promise<Community> {
  const root = world.client();
  const created = await root.post("/v1/tenants", { name: "Community" });
  expect(created.status, created.text).toBe(201);
  const tenant = created.body.slug as string;
  const path = `/v1/tenants/${tenant}`;
  for (const [number, role] of [
    [1, "admin"],
    [2, "viewer"],
    [7, "admin"],
  ] as const) {
    const user = { number, role, email: `user${number}@example.com`, password: `password of ${number}` };
    expect((await root.post(`${path}/users`, user)).status).toBe(201);
  }
  const dialect = await root.put(`${path}/dialects/selfcommunity`, { hosts: [host] });
  expect(dialect.status, dialect.text).toBe(201);
  const jwtSecret = dialect.body.jwtSecret as string;

  const baseUrl = new URL(world.server.url);
  baseUrl.hostname = host;
  return {
    baseUrl: baseUrl.origin,
    tenant,
    jwtSecret,
    token(userId, claims = {}) {
      const now = Math.floor(world.clock.nowMs() / 1000);
      const usual = { token_type: "access", user_id: userId, jti: "1", iat: now, exp: now + TWO_HOURS };
      return signJwt({ ...usual, ...claims }, jwtSecret);
    },
    async publish(type, data) {
      const answer = await root.post(`${path}/events`, undefined, { bytes: `{"type":"${type}","data":${data}}` });
      expect(answer.status, answer.text).toBe(202);
      return answer.body.deliveries;
    },
  };
}

export function signJwt(
  claims: Readonly<Record<string, unknown>>,
  secret: string,
  header: Readonly<Record<string, unknown>> = { alg: "HS256", typ: "JWT" },
): string {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
