import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";

import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { fillWithPublicKeys } from "../../../../test/openapi/scenarios/secrets.ts";
import { startApi, type TestApi } from "../../../../test/support/start-api.ts";
import { generateEd25519Secret, readEd25519Secret } from "../../../core/secrets/ed25519-secret.ts";
import { checkNewSecret } from "../../../core/secrets/secret-format.ts";
import { fromUuidId, toUuidId } from "../../../core/ids/public-id.ts";

let api: TestApi;
let tenant: string;
let endpoint: { id: string; secret: unknown; publicKey: string; signature: string };
let secrets: string;

beforeAll(async () => (api = await startApi()));
afterAll(async () => {
  expect(api.faults).toEqual([]);
  await api[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  const slug = `keys-${context.task.id.replaceAll(/[^a-z0-9]/g, "-")}`.slice(-40).replace(/^-+/, "");
  await api.client().post("/v1/tenants", { name: "Keys", slug });
  tenant = `/v1/tenants/${slug}`;
  endpoint = (await create({})).body;
  secrets = `${tenant}/endpoints/${endpoint.id}/secrets`;
});

const create = (input: object) =>
  api.client().post(`${tenant}/endpoints`, { url: "https://example.com/", signature: "ed25519", ...input });
const act = async (name: string, input: object = {}) => {
  const answer = await api.client().post(`${secrets}/${name}`, input);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const jwks = async (query = `?endpoint=${endpoint.id}`) => {
  const answer = await api.client(null).get(`${tenant}/jwks${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.keys as { kid: string; x: string }[];
};
const publicKeysOf = (keys: readonly { x: string }[]) =>
  keys.map(({ x }) => `whpk_${Buffer.from(x, "base64url").toString("base64")}`);

describe("an endpoint that signs by Ed25519", () => {
  test("shows its public key, and no answer but reveal's has the private one", async () => {
    expect(endpoint).toMatchObject({
      signature: "ed25519",
      secret: null,
      publicKey: expect.stringMatching(/^whpk_.{44}$/),
    });
    const staged = await act("stage");
    const rotated = await act("rotate");
    expect([staged.secret, rotated.secret]).toEqual([null, null]);
    const listed = await api.client().get(secrets);
    const shown = [rotated, staged, endpoint].map(({ publicKey }) => publicKey);
    expect(listed.body.data).toMatchObject([
      { number: 3, state: "active", scheme: "ed25519", publicKey: shown[0] },
      { number: 2, state: "staged", scheme: "ed25519", publicKey: shown[1] },
      { number: 1, state: "retiring", scheme: "ed25519", publicKey: shown[2] },
    ]);
    expect(new Set(shown).size).toBe(3);

    const { secret } = await act("reveal");
    expect(secret).toMatch(/^whsk_[A-Za-z0-9+/]{86}==$/);
    const { publicKey } = readEd25519Secret(secret) ?? {};
    expect(`whpk_${Buffer.from(publicKey ?? []).toString("base64")}`).toBe(shown[0]);
    const audit = await api.client().get(`${tenant}/audit`);
    for (const text of [listed.text, audit.text]) expect(text).not.toContain("whsk_");
  });

  test("keeps how it signs: an update cannot say otherwise", async () => {
    const path = `${tenant}/endpoints/${endpoint.id}`;
    const answer = await api.client().patch(path, { signature: "hmac" });
    expect(answer.status).toBe(400);
    expect((await api.client().get(path)).body.signature).toBe("ed25519");
  });

  test.each(["velt", "selfcommunity", "thesignup"])("is not of the profile %s", async (profile) => {
    const answer = await create({ profile });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ path: "/signature", code: "not_of_profile" }]);
  });

  test("takes a key of its owner's, and refuses what is none without repeating it", async () => {
    const brought = generateEd25519Secret();
    const other = generateEd25519Secret();
    expect((await create({ secret: brought })).status).toBe(201);
    await act("rotate", { secret: brought });
    expect((await act("reveal")).secret).toBe(brought);

    const halves = [brought, other].map((text) => Buffer.from(text.slice(5), "base64"));
    const mixed = Buffer.concat([halves[0]!.subarray(0, 32), halves[1]!.subarray(32)]).toString("base64");
    const repeating = Buffer.alloc(64, "ab").toString("base64");
    for (const [secret, code] of [
      [`whsk_${mixed}`, "secret_mismatched"],
      [`whsk_${repeating}`, "secret_too_predictable"],
      [brought.slice(0, -2), "secret_malformed"],
      [endpoint.publicKey, "secret_malformed"],
      [`whsec_${Buffer.from("0123456789abcdefghijklmnopqrstuv").toString("base64")}`, "secret_malformed"],
    ] as const) {
      const answer = await create({ secret });
      expect(answer.body.errors, answer.text).toMatchObject([{ path: "/secret", code }]);
      expect(answer.text).not.toContain(secret.slice(6));
    }
    const hmac = await create({ signature: "hmac", secret: brought });
    expect(hmac.body.errors).toMatchObject([{ path: "/secret", code: "secret_malformed" }]);
  });
});

describe("the JWKS", () => {
  test("has a key from its staging until the exact moment it signs no more", async () => {
    const first = endpoint.publicKey;
    expect(publicKeysOf(await jwks())).toEqual([first]);
    const { publicKey: second } = await act("stage");
    expect(publicKeysOf(await jwks())).toEqual([second, first]);
    await act("activate", { overlapSeconds: 60 });
    expect(publicKeysOf(await jwks())).toEqual([second, first]);
    api.clock.advance(59_999);
    expect(publicKeysOf(await jwks())).toEqual([second, first]);
    api.clock.advance(1);
    expect(publicKeysOf(await jwks())).toEqual([second]);
    await act("stage");
    await act("unstage");
    expect(publicKeysOf(await jwks())).toEqual([second]);
    await api.client().delete(`${tenant}/endpoints/${endpoint.id}`);
    expect(await jwks()).toEqual([]);
  });

  test("needs no credentials, may be kept for five minutes, and names each key by its fingerprint", async () => {
    const answer = await fetch(`${api.url}${tenant}/jwks`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
    expect(answer.headers.get("content-type")).toBe("application/jwk-set+json");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const listed = await api.client().get(secrets);
    const x = Buffer.from(endpoint.publicKey.slice(5), "base64").toString("base64url");
    const key = { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: listed.body.data[0].fingerprint, x };
    expect(await answer.json()).toEqual({ keys: [key] });
    createPublicKey({ key, format: "jwk" });
  });

  test("is of one tenant: all its Ed25519 endpoints, or one of them, and nothing of HMAC", async () => {
    const second = (await create({})).body;
    await create({ signature: "hmac" });
    expect(publicKeysOf(await jwks(""))).toEqual([endpoint.publicKey, second.publicKey]);
    expect(publicKeysOf(await jwks())).toEqual([endpoint.publicKey]);
    const other = `${tenant}-2`;
    await api.client().post("/v1/tenants", { name: "Other", slug: other.split("/").at(-1) });
    expect((await api.client(null).get(`${other}/jwks?endpoint=${endpoint.id}`)).body).toEqual({ keys: [] });
  });

  test("of a tenant that is none, or is deleted, is not found; problems are never kept", async () => {
    const none = `/v1/tenants/${toUuidId("ten", "00000000-0000-4000-8000-000000000000")}/jwks`;
    for (const path of [none, "/v1/tenants/nobody/jwks", `${tenant}/jwks?endpoint=nonsense`]) {
      const answer = await fetch(api.url + path);
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, "no-store"]);
    }
    await api.client().delete(tenant);
    expect((await api.client(null).get(`${tenant}/jwks`)).status).toBe(404);
  });

  test("is never cut off: beyond a thousand keys it asks for the endpoint", async () => {
    await fillWithPublicKeys(api, fromUuidId("ep", endpoint.id) ?? "");
    const answer = await api.client(null).get(`${tenant}/jwks`);
    expect([answer.status, answer.body.code]).toEqual([409, "limit_reached"]);
    expect(answer.body.detail).toContain("?endpoint=");
    expect(publicKeysOf(await jwks())).toEqual([endpoint.publicKey]);
  });
});

describe("a secret of Ed25519", () => {
  const kind = { profile: "standard", signature: "ed25519" } as const;

  test("that is made passes the check of those that are brought, and signs what its public key verifies", () => {
    const text = generateEd25519Secret();
    expect(checkNewSecret(kind, text, "/secret")).toEqual([]);
    expect(readEd25519Secret(text)?.key.asymmetricKeyType).toBe("ed25519");
  });

  test("is refused when any bit of its public half is another", () => {
    const bytes = Buffer.from(generateEd25519Secret().slice(5), "base64");
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 511 }), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const problems = checkNewSecret(kind, `whsk_${changed.toString("base64")}`, "/secret");
        expect(problems).toMatchObject([{ code: "secret_mismatched" }]);
      }),
    );
  });

  test("from another tool is taken: any pair of Node's own", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const { d = "", x = "" } = privateKey.export({ format: "jwk" });
    const text = `whsk_${Buffer.concat([Buffer.from(d, "base64url"), Buffer.from(x, "base64url")]).toString("base64")}`;
    const read = readEd25519Secret(text);
    if (read === null) throw new Error("It was refused.");
    expect(Buffer.from(read.publicKey).toString("base64url")).toBe(x);
    expect(publicKey.equals(createPublicKey(read.key))).toBe(true);
    expect(verify(null, Buffer.from("a"), publicKey, Buffer.alloc(64))).toBe(false);
  });
});
