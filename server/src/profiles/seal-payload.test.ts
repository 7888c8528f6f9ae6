/** Velt's sealed forms against the check values of its contract, and opened by the steps that it gives to receivers. */
import { constants, createDecipheriv, generateKeyPairSync, type KeyObject, privateDecrypt } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { readPublicKey } from "./public-key.ts";
import { type SealedPayload, sealPayload, type SealSettings } from "./seal-payload.ts";
import { velt } from "./velt.ts";

const PAYLOAD =
  '{"event":"comment.add","actionType":"add","source":"comment","data":{"actionUser":{"userId":"user123"},"metadata":{"organization":{"organizationId":"org123"},"document":{"documentId":"doc-001"}}},"webhookId":"wh_demo_1"}';
const PLAIN: SealSettings = { encodeData: false, encryptData: false, publicKey: "" };
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const bare = (type: "spki" | "pkcs1") => publicKey.export({ type, format: "der" }).toString("base64");

function bodyOf(sealed: SealedPayload): string {
  if (!sealed.ok) throw new Error(sealed.obstacle);
  return Buffer.from(sealed.body).toString("latin1");
}

/** The steps of the contract: RSA-OAEP with SHA-256 over the key, AES-256-CBC over the data. */
function open(body: string, key: KeyObject): string {
  const { encryptedData, encryptedKey, iv } = JSON.parse(body) as Record<string, string>;
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const aesKey = privateDecrypt({ key, ...padding }, Buffer.from(encryptedKey ?? "", "base64"));
  const decipher = createDecipheriv("aes-256-cbc", aesKey, Buffer.from(iv ?? "", "base64"));
  return Buffer.concat([decipher.update(Buffer.from(encryptedData ?? "", "base64")), decipher.final()]).toString();
}

test("as it is, where nothing is set", () => {
  const payload = Buffer.from(PAYLOAD);
  expect(sealPayload(payload, { ...PLAIN, publicKey: bare("spki") })).toEqual({ ok: true, body: payload });
});

test("encoded, the check values come out", () => {
  const settings = { ...PLAIN, encodeData: true };
  expect(bodyOf(sealPayload(Buffer.from('{"test":1,"test1":"<div></div>"}'), settings))).toBe(
    '{"encodedPayload":"eyJ0ZXN0IjoxLCJ0ZXN0MSI6IjxkaXY+PC9kaXY+In0="}',
  );
  expect(bodyOf(sealPayload(Buffer.from(PAYLOAD), settings))).toBe(
    '{"encodedPayload":"eyJldmVudCI6ImNvbW1lbnQuYWRkIiwiYWN0aW9uVHlwZSI6ImFkZCIsInNvdXJjZSI6ImNvbW1lbnQiLCJkYXRhIjp7ImFjdGlvblVzZXIiOnsidXNlcklkIjoidXNlcjEyMyJ9LCJtZXRhZGF0YSI6eyJvcmdhbml6YXRpb24iOnsib3JnYW5pemF0aW9uSWQiOiJvcmcxMjMifSwiZG9jdW1lbnQiOnsiZG9jdW1lbnRJZCI6ImRvYy0wMDEifX19LCJ3ZWJob29rSWQiOiJ3aF9kZW1vXzEifQ=="}',
  );
});

test("encrypted, the check value of the AES half comes out", () => {
  const given = [Buffer.from(Array.from({ length: 32 }, (_, index) => index)), Buffer.from("Hs4Pu9Yz2Lm7Nq1X")];
  const settings = { ...PLAIN, encryptData: true, publicKey: bare("spki") };
  const sealed = bodyOf(sealPayload(Buffer.from(PAYLOAD), settings, () => given.shift() ?? Buffer.alloc(0)));
  expect(JSON.parse(sealed)).toEqual({
    encryptedData:
      "w1QoMFdGXc12CDvK8VUqZU5lD8D/6GxFj+YFarT37bmuKOkc/xjIgvJ7Ja+S3t39hXosFXjKov+l6qAr9YY9PMd+nVEr8ytkLV6LxQ0UZE9UZAyepWzk7AURQ6zzQXIM1h3dimJyvr5Apywf0bGvA7voWs0RlLUYxyaSP+LyTsCfwAS+hkW1sLD3qjVxhIwBlKUlQM65BDOElGXeEvJx0tCxH9lMITh3T3+8n4zTYUhoTI0cWIM0h4DJ8lx7+H5rALJqaJVpPmjdfgNXUMnlAd7au6BMj3FM2iUq0gU12TQ=",
    encryptedKey: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/),
    iv: "SHM0UHU5WXoyTG03TnExWA==",
  });
});

test.each(["spki", "pkcs1"] as const)("encrypted for a key in the form %s, its owner alone opens it", (type) => {
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (payload, encodeData) => {
      const settings = { encodeData, encryptData: true, publicKey: bare(type) };
      const one = bodyOf(sealPayload(Buffer.from(payload), settings));
      // Encryption wins over encoding, and what is encrypted is the plain payload.
      expect(open(one, privateKey)).toBe(payload);
      expect(one).not.toBe(bodyOf(sealPayload(Buffer.from(payload), settings)));
    }),
    { numRuns: 20 },
  );
});

test("without a usable key nothing comes out, least of all the plaintext", () => {
  for (const key of ["", "AAAA", "not base64!"]) {
    for (const encodeData of [true, false]) {
      const sealed = sealPayload(Buffer.from(PAYLOAD), { encodeData, encryptData: true, publicKey: key });
      expect(sealed).toEqual({ ok: false, obstacle: expect.stringMatching(/public key/) });
    }
  }
});

test("only Velt seals, and its own announcement is never sealed", () => {
  const settings = { encodeData: true, encryptData: true, publicKey: bare("spki") };
  const body = Buffer.from(PAYLOAD);
  expect(velt.seal?.(body, settings, { type: "message.attempt.exhausted" })).toEqual({ ok: true, body });
  expect(velt.seal?.(body, settings, { type: "comment.add" })).not.toEqual({ ok: true, body });
});

test("a key that is too small, too large or too slow is none", () => {
  const read = (options: { modulusLength: number; publicExponent?: number }) =>
    readPublicKey(generateKeyPairSync("rsa", options).publicKey.export({ type: "spki", format: "pem" }) as string);
  expect(read({ modulusLength: 1024 })).not.toBeNull();
  expect(read({ modulusLength: 1016 })).toBeNull();
  expect(read({ modulusLength: 1024, publicExponent: 3 })).not.toBeNull();
  const dsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  expect(readPublicKey(dsa.export({ type: "spki", format: "pem" }) as string)).toBeNull();
  expect(readPublicKey(privateKey.export({ type: "pkcs8", format: "pem" }) as string)).toBeNull();
});
