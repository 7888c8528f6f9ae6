import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

import { signStandard } from "../standard/sign-standard.ts";
import { verifyStandard } from "../standard/verify-standard.ts";
import {
  encodeEd25519PrivateKey,
  encodeEd25519PublicKey,
  parseEd25519PrivateKey,
  parseEd25519PublicKey,
} from "./ed25519-key.ts";
import { signEd25519, verifyEd25519 } from "./ed25519-signature.ts";

/** The vector that the standard's reference sender publishes. */
const VECTOR = {
  privateKey: "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
  publicKey: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
  signature: "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
};
const HMAC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** RFC 8032, section 7.1: seed, public key, message, signature. */
const RFC_8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
] as const;

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

function newPair() {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const seed = Uint8Array.from(Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url"));
  const point = Uint8Array.from(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url"));
  return { seed, publicKey: point };
}

const verifyVector = (replaced: Partial<Parameters<typeof verifyStandard>[0]>) =>
  verifyStandard({
    secret: VECTOR.publicKey,
    headers: {
      "webhook-id": VECTOR.id,
      "webhook-timestamp": String(VECTOR.timestamp.getTime() / 1000),
      "webhook-signature": VECTOR.signature,
    },
    body: VECTOR.body,
    now: VECTOR.timestamp,
    ...replaced,
  });

afterEach(() => vi.unstubAllGlobals());

describe("published vectors", () => {
  test("the standard's is signed and verified", async () => {
    const { privateKey: secret, id, body, timestamp } = VECTOR;
    const headers = await signStandard({ secret, id, body, timestamp });
    expect(headers["webhook-signature"]).toBe(VECTOR.signature);
    expect(await verifyVector({})).toEqual({ id, timestamp, secretIndex: 0 });
  });

  test.each(RFC_8032)("RFC 8032's with the seed %s", async (seed, publicKey, message, signature) => {
    const pair = { seed: bytes(seed), publicKey: bytes(publicKey) };
    expect(Buffer.from(await signEd25519(pair, bytes(message))).toString("hex")).toBe(signature);
    const check = { publicKey: pair.publicKey, signature: bytes(signature), content: bytes(message) };
    expect(await verifyEd25519(check)).toBe(true);
  });
});

test("what Node's own crypto signs is verified here, and the other way round", async () => {
  const pair = newPair();
  const x = Buffer.from(pair.publicKey).toString("base64url");
  const d = Buffer.from(pair.seed).toString("base64url");
  const privateKey = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x, d }, format: "jwk" });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (message) => {
      const content = Uint8Array.from(message);
      const ours = await signEd25519(pair, content);
      expect(verify(null, content, createPublicKey(privateKey), ours)).toBe(true);
      const signature = Uint8Array.from(sign(null, content, privateKey));
      expect(await verifyEd25519({ publicKey: pair.publicKey, signature, content })).toBe(true);
      signature[0]! ^= 1;
      expect(await verifyEd25519({ publicKey: pair.publicKey, signature, content })).toBe(false);
    }),
    { numRuns: 30 },
  );
});

describe("keys as text", () => {
  test("what was written is read back, and is written in one way only", () => {
    const pair = newPair();
    expect(parseEd25519PrivateKey(encodeEd25519PrivateKey(pair))).toEqual(pair);
    expect(parseEd25519PublicKey(encodeEd25519PublicKey(pair.publicKey))).toEqual(pair.publicKey);
    expect(encodeEd25519PublicKey(parseEd25519PrivateKey(VECTOR.privateKey)!.publicKey)).toBe(VECTOR.publicKey);
  });

  test.each([
    "",
    "whsk_",
    VECTOR.publicKey,
    VECTOR.privateKey.replace("whsk_", "whsec_"),
    VECTOR.privateKey.slice(0, -2),
    `${VECTOR.privateKey}\n`,
    `whsk_${Buffer.alloc(32).toString("base64")}`,
    `whsk_${Buffer.alloc(65).toString("base64")}`,
  ])("%j is no private key", (text) => expect(parseEd25519PrivateKey(text)).toBeNull());

  test.each([
    "",
    "whpk_",
    VECTOR.privateKey,
    `whpk_${Buffer.alloc(31).toString("base64")}`,
    VECTOR.publicKey.slice(0, -1),
  ])("%j is no public key", (text) => expect(parseEd25519PublicKey(text)).toBeNull());
});

describe("a sender that changes from HMAC to Ed25519", () => {
  const inOverlap = () =>
    signStandard({ ...VECTOR, secret: [VECTOR.privateKey, HMAC_SECRET] }).then((headers) => ({ ...headers }));

  test("signs with both, and receivers of either verify", async () => {
    const headers = await inOverlap();
    expect(headers["webhook-signature"]).toMatch(/^v1a,\S{88} v1,\S{44}$/);
    expect((await verifyVector({ headers, secret: HMAC_SECRET })).secretIndex).toBe(0);
    expect((await verifyVector({ headers, secret: VECTOR.publicKey })).secretIndex).toBe(0);
    expect((await verifyVector({ secret: [HMAC_SECRET, VECTOR.publicKey] })).secretIndex).toBe(1);
  });

  test("a receiver of HMACs alone is told that nothing is there for it", async () => {
    await expect(verifyVector({ secret: HMAC_SECRET })).rejects.toThrow("holds no signature of this scheme");
  });
});

describe("each mistake has its error", () => {
  test("another public key, another body, a signature that is none", async () => {
    const refused = { code: "no_matching_signature" };
    const other = encodeEd25519PublicKey(newPair().publicKey);
    await expect(verifyVector({ secret: other })).rejects.toMatchObject(refused);
    await expect(verifyVector({ body: `${VECTOR.body} x` })).rejects.toMatchObject(refused);
    for (const signature of ["v1a,AAAA", "v1a,?", `v1,${VECTOR.signature.slice(4)}`]) {
      const headers = {
        "webhook-id": VECTOR.id,
        "webhook-timestamp": String(VECTOR.timestamp.getTime() / 1000),
        "webhook-signature": signature,
      };
      await expect(verifyVector({ headers })).rejects.toMatchObject(refused);
    }
  });

  test("a body that was parsed and written again gets its hint", async () => {
    const body = JSON.stringify(JSON.parse(VECTOR.body));
    await expect(verifyVector({ body })).rejects.toMatchObject({ hint: "body_reserialised" });
  });

  test("many keys against many signatures are not tried again for a hint", async () => {
    const headers = {
      "webhook-id": VECTOR.id,
      "webhook-timestamp": String(VECTOR.timestamp.getTime() / 1000),
      "webhook-signature": Array.from({ length: 16 }, () => VECTOR.signature).join(" "),
    };
    const secret = Array.from({ length: 5 }, () => VECTOR.publicKey);
    const body = JSON.stringify(JSON.parse(VECTOR.body));
    await expect(verifyVector({ headers, secret, body })).rejects.toMatchObject({ hint: undefined });
    await expect(verifyVector({ headers, secret: VECTOR.publicKey, body })).rejects.toMatchObject({
      hint: "body_reserialised",
    });
  });

  test("a public key is never an HMAC secret", async () => {
    const key = Buffer.from(VECTOR.publicKey.slice("whpk_".length), "base64");
    const headers = { ...(await signStandard({ ...VECTOR, secret: key })) };
    await expect(verifyVector({ headers })).rejects.toMatchObject({ code: "no_matching_signature" });
  });

  test("a private key where a public one belongs, a public one where a private one does", async () => {
    await expect(verifyVector({ secret: VECTOR.privateKey })).rejects.toMatchObject({ code: "malformed_secret" });
    await expect(signStandard({ ...VECTOR, secret: VECTOR.publicKey })).rejects.toMatchObject({
      code: "malformed_secret",
    });
  });

  test("halves of a private key that do not belong together sign nothing", async () => {
    const mixed = { seed: newPair().seed, publicKey: newPair().publicKey };
    const secret = encodeEd25519PrivateKey(mixed);
    await expect(signStandard({ ...VECTOR, secret })).rejects.toMatchObject({ code: "malformed_secret" });
  });

  test("more Ed25519 signatures than a sender has keys are not worked through", async () => {
    const headers = {
      "webhook-id": VECTOR.id,
      "webhook-timestamp": String(VECTOR.timestamp.getTime() / 1000),
      "webhook-signature": Array.from({ length: 17 }, () => VECTOR.signature).join(" "),
    };
    await expect(verifyVector({ headers })).rejects.toMatchObject({ code: "malformed_header" });
  });

  test("a platform without Ed25519 says so, for signing and for verifying", async () => {
    const importKey = () => Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
    vi.stubGlobal("crypto", { subtle: { importKey } });
    const unsupported = { name: "Ed25519UnsupportedError", code: "ed25519_unsupported", status: 500 };
    await expect(verifyVector({})).rejects.toMatchObject(unsupported);
    await expect(signStandard({ ...VECTOR, secret: VECTOR.privateKey })).rejects.toMatchObject(unsupported);
  });

  test("no error says the private key", async () => {
    const { seed, publicKey } = { seed: newPair().seed, publicKey: newPair().publicKey };
    const secret = encodeEd25519PrivateKey({ seed, publicKey });
    const error: unknown = await signStandard({ ...VECTOR, secret }).catch((each: unknown) => each);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secret.slice(5, 40));
  });
});
