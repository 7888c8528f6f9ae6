import { createHash, createSecretKey, generateKeyPairSync, verify } from "node:crypto";

import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import { standard } from "../../profiles/standard.ts";
import type { SigningSecret, Target } from "../load/target.ts";
import { signDelivery } from "./sign-delivery.ts";

/** The foreign library looks at the clock of this machine. */
const NOW_MS = Date.now();
const DATA = '{"n":12345678901234567890, "s" : "é\\u00e9"}';

const secret = (number: number, endsAtMs: number | null = null): SigningSecret => ({
  number,
  scheme: "hmac-sha256",
  key: createSecretKey(new Uint8Array(32).fill(number)),
  endsAtMs,
});
const verifierOf = ({ key }: SigningSecret): Webhook => new Webhook(key.export().toString("base64"));

function sign(input: Partial<Target>, nowMs = NOW_MS) {
  const target: Target = {
    endpointId: "e",
    tenantId: "t",
    version: 1,
    status: "active",
    url: "https://receiver.example/",
    authorization: null,
    profile: standard,
    envelope: "wrapped",
    seal: null,
    headers: [],
    secrets: [secret(1)],
    timeoutMs: null,
    retryWaits: null,
    verifyTls: true,
    ...input,
  };
  const delivery = heldDelivery({ eventId: 77, data: Buffer.from(DATA), attempts: 2, deferrals: 1 });
  const signed = signDelivery({ delivery, target, nowMs, version: "9.9.9" });
  return { ...signed, text: Buffer.from(signed.body).toString(), named: Object.fromEntries(signed.headers) };
}

describe("signDelivery", () => {
  it("wraps the published bytes without touching them", () => {
    expect(sign({}).text).toBe(`{"type":"invoice.paid","timestamp":"1970-01-01T00:00:00.000Z","data":${DATA}}`);
  });

  it("sends the published bytes alone where the endpoint wants no envelope", () => {
    expect(sign({ envelope: "none" }).text).toBe(DATA);
  });

  it("makes the same bytes at every try, and says the digest of them", () => {
    const [first, later] = [sign({}), sign({}, NOW_MS + 3_600_000)];
    expect(later.text).toBe(first.text);
    expect(first.bodySha256).toEqual(createHash("sha256").update(first.body).digest());
  });

  it("is verified by a library that is not ours", () => {
    const { text, named } = sign({});
    expect(verifierOf(secret(1)).verify(text, named)).toMatchObject({ type: "invoice.paid" });
    expect(() => verifierOf(secret(2)).verify(text, named)).toThrow();
    expect(() => verifierOf(secret(1)).verify(`${text} `, named)).toThrow();
  });

  it("signs with every live version, in the order given", () => {
    const { text, named, signedBy } = sign({ secrets: [secret(2), secret(1, NOW_MS + 60_000)] });
    expect(signedBy).toEqual([2, 1]);
    for (const number of [1, 2]) verifierOf(secret(number)).verify(text, named);
    expect(named["webhook-signature"]?.split(" ")).toHaveLength(2);
  });

  it("signs with a version until the millisecond before its end, and not at it", () => {
    const secrets = [secret(2), secret(1, NOW_MS)];
    expect(sign({ secrets }, NOW_MS - 1).signedBy).toEqual([2, 1]);
    expect(sign({ secrets }, NOW_MS).signedBy).toEqual([2]);
  });

  it("signs with nothing from an end on, at whatever moment, whatever was cached", () => {
    const secrets = [secret(2), secret(1, NOW_MS)];
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (ms) => {
        expect(sign({ secrets }, NOW_MS + ms).signedBy).toEqual(ms < 0 ? [2, 1] : [2]);
      }),
    );
  });

  it("signs by Ed25519 with every live version, over the same bytes, as v1a", () => {
    const pairs = [2, 1].map((number) => ({ number, ...generateKeyPairSync("ed25519") }));
    const secrets = pairs.map(({ number, privateKey }): SigningSecret => {
      return { number, scheme: "ed25519", key: privateKey, endsAtMs: number === 1 ? NOW_MS + 1000 : null };
    });
    const { text, named, signedBy } = sign({ secrets });
    expect(signedBy).toEqual([2, 1]);
    const content = Buffer.from(`${named["webhook-id"]}.${named["webhook-timestamp"]}.${text}`);
    const signatures = named["webhook-signature"]?.split(" ") ?? [];
    expect(signatures).toHaveLength(2);
    for (const [index, { publicKey }] of pairs.entries()) {
      const [scheme, signature = ""] = signatures[index]?.split(",") ?? [];
      expect(scheme).toBe("v1a");
      expect(verify(null, content, publicKey, Buffer.from(signature, "base64"))).toBe(true);
    }
    expect(sign({ secrets }, NOW_MS + 1000).signedBy).toEqual([2]);
  });

  it("counts tries and deferrals into the number of the attempt", () => {
    expect(sign({}).named).toMatchObject({ "posthorn-attempt": "4", "user-agent": "Posthorn/9.9.9" });
  });

  it("adds the endpoint's own headers", () => {
    expect(sign({ headers: [["x-own", "yes"]] }).named).toMatchObject({ "x-own": "yes" });
  });

  it("signs the time of signing in whole seconds", () => {
    expect(sign({}).named["webhook-timestamp"]).toBe(String(Math.floor(NOW_MS / 1000)));
  });
});
