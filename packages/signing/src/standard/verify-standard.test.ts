import { describe, expect, test } from "vitest";

import { signStandard } from "./sign-standard.ts";
import { verifyStandard } from "./verify-standard.ts";
import type { VerifyStandardOptions } from "./verify-standard.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const SIGNED_AT = new Date(1_700_000_000_000);
const BODY = '{"type":"invoice.paid","data":{"id":1}}';

/** A good request at its own time, with anything replaced. */
async function setup(replaced: Partial<VerifyStandardOptions> = {}): Promise<VerifyStandardOptions> {
  const headers = await signStandard({ secret: SECRET, id: "evt_1", body: BODY, timestamp: SIGNED_AT });
  return { secret: SECRET, headers: { ...headers }, body: BODY, now: SIGNED_AT, ...replaced };
}

describe("published vectors", () => {
  test.each([
    {
      source: "the standard's own libraries",
      secret: SECRET,
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
      signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    {
      source: "Velt's published check value",
      secret: "whsec_plJ3nmyCDGBKInavdOK15jsl",
      id: "msg_loFOjxBNrRLzqYUf",
      timestamp: 1_731_705_121,
      body: '{"event_type":"ping","data":{"success":true}}',
      signature: "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    },
    {
      source: "the Velt contract's worked example",
      secret: SECRET,
      id: "msg_2vK9mPzGqLxYwBnRtCdHsJfAeUo",
      timestamp: 1_700_000_000,
      body: '{"event":"comment.add","actionType":"add","source":"comment","data":{"actionUser":{"userId":"user123"},"metadata":{"organization":{"organizationId":"org123"},"document":{"documentId":"doc-001"}}},"webhookId":"wh_demo_1"}',
      signature: "v1,aJyjM9tFIKcds7f+X3RFwVqiidriVWPE5Z6QrbZI0q4=",
    },
    {
      source: "the same, encoded",
      secret: SECRET,
      id: "msg_2vK9mPzGqLxYwBnRtCdHsJfAeUo",
      timestamp: 1_700_000_000,
      body: '{"encodedPayload":"eyJldmVudCI6ImNvbW1lbnQuYWRkIiwiYWN0aW9uVHlwZSI6ImFkZCIsInNvdXJjZSI6ImNvbW1lbnQiLCJkYXRhIjp7ImFjdGlvblVzZXIiOnsidXNlcklkIjoidXNlcjEyMyJ9LCJtZXRhZGF0YSI6eyJvcmdhbml6YXRpb24iOnsib3JnYW5pemF0aW9uSWQiOiJvcmcxMjMifSwiZG9jdW1lbnQiOnsiZG9jdW1lbnRJZCI6ImRvYy0wMDEifX19LCJ3ZWJob29rSWQiOiJ3aF9kZW1vXzEifQ=="}',
      signature: "v1,wkObe8Wwhrnr/p/in75pF3y+Tl+1skE+K4gHUj9AHa8=",
    },
  ])("$source is signed and verified", async ({ secret, id, timestamp, body, signature }) => {
    const signedAt = new Date(timestamp * 1000);
    const headers = await signStandard({ secret, id, body, timestamp: signedAt });
    expect(headers).toEqual({
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signature,
    });
    const verified = await verifyStandard({ secret, headers: { ...headers }, body, now: signedAt });
    expect(verified).toEqual({ id, timestamp: signedAt, secretIndex: 0 });
  });
});

describe("a good request verifies", () => {
  test("with the body as bytes, as part of a larger buffer, or as an ArrayBuffer", async () => {
    const bytes = new TextEncoder().encode(`xx${BODY}xx`);
    await verifyStandard(await setup({ body: bytes.subarray(2, -2) }));
    await verifyStandard(await setup({ body: bytes.slice(2, -2).buffer }));
  });

  test("with bytes that are not UTF-8", async () => {
    const body = Uint8Array.of(0xff, 0x00, 0xfe);
    const headers = await signStandard({ secret: SECRET, id: "evt_1", body, timestamp: SIGNED_AT });
    await verifyStandard(await setup({ headers: { ...headers }, body }));
  });

  test("with an empty body", async () => {
    const headers = await signStandard({ secret: SECRET, id: "evt_1", body: "", timestamp: SIGNED_AT });
    await verifyStandard(await setup({ headers: { ...headers }, body: "" }));
  });

  test("with the key as bytes", async () => {
    await verifyStandard(await setup({ secret: Buffer.from(SECRET.slice("whsec_".length), "base64") }));
  });

  test("under the headers of a sender's own brand", async () => {
    const { headers } = await setup();
    const branded = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.replace("webhook", "svix"), String(value)]),
    );
    expect((await verifyStandard(await setup({ headers: branded, headerPrefix: "svix" }))).id).toBe("evt_1");
  });
});

describe("in an overlap", () => {
  const inOverlap = () =>
    signStandard({ secret: [OTHER_SECRET, SECRET], id: "evt_1", body: BODY, timestamp: SIGNED_AT });

  test("a receiver with the old secret and one with the new verify the same request", async () => {
    const headers = { ...(await inOverlap()) };
    await verifyStandard(await setup({ headers, secret: SECRET }));
    await verifyStandard(await setup({ headers, secret: OTHER_SECRET }));
  });

  test("the newest secret's signature comes first", async () => {
    const both = (await inOverlap())["webhook-signature"].split(" ");
    const newest = await signStandard({ secret: OTHER_SECRET, id: "evt_1", body: BODY, timestamp: SIGNED_AT });
    expect(both).toHaveLength(2);
    expect(both[0]).toBe(newest["webhook-signature"]);
  });

  test("a receiver with both secrets learns which one fits", async () => {
    const before = await verifyStandard(await setup({ secret: [OTHER_SECRET, SECRET] }));
    expect(before.secretIndex).toBe(1);
    const during = await verifyStandard(
      await setup({ headers: { ...(await inOverlap()) }, secret: [OTHER_SECRET, SECRET] }),
    );
    expect(during.secretIndex).toBe(0);
  });

  test("after it, a receiver with the old secret alone refuses", async () => {
    const headers = await signStandard({ secret: OTHER_SECRET, id: "evt_1", body: BODY, timestamp: SIGNED_AT });
    await expect(verifyStandard(await setup({ headers: { ...headers } }))).rejects.toMatchObject({
      code: "no_matching_signature",
    });
  });

  test("a signature of another scheme beside it does not matter", async () => {
    const { headers } = await setup();
    const signature = `v1a,${"A".repeat(86)}== ${String(Object.entries(headers).find(([name]) => name === "webhook-signature")?.[1])}`;
    await verifyStandard(await setup({ headers: { ...headers, "webhook-signature": signature } }));
  });
});

describe("each mistake has its error", () => {
  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("a missing %s header", async (name) => {
    const request = await setup();
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([each]) => each !== name));
    await expect(verifyStandard({ ...request, headers })).rejects.toMatchObject({
      name: "MissingHeaderError",
      code: "missing_header",
      header: name,
    });
  });

  test.each([
    ["webhook-timestamp", "2023-11-14T22:13:20Z"],
    ["webhook-timestamp", "1700000000.5"],
    ["webhook-timestamp", "+1700000000"],
    ["webhook-timestamp", "01700000000"],
    ["webhook-timestamp", "1700000000000"],
    ["webhook-timestamp", "1700000000, 1700000000"],
    ["webhook-signature", "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="],
    ["webhook-signature", "t=1700000000,v1=00ff"],
    ["webhook-signature", "v1,YWE=, v1,YmI="],
  ])("a malformed %s header: %s", async (name, value) => {
    const request = await setup();
    const headers = { ...request.headers, [name]: value };
    await expect(verifyStandard({ ...request, headers })).rejects.toMatchObject({
      name: "MalformedHeaderError",
      code: "malformed_header",
      header: name,
    });
  });

  test.each([undefined, null, 42, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `${SECRET}\n`, "whsec_not base64"])(
    "a malformed secret: %j",
    async (secret) => {
      const request = await setup({ secret: secret as string });
      await expect(verifyStandard(request)).rejects.toMatchObject({
        name: "MalformedSecretError",
        code: "malformed_secret",
      });
    },
  );

  test("one malformed secret among good ones", async () => {
    await expect(verifyStandard(await setup({ secret: [SECRET, "whsec_?"] }))).rejects.toMatchObject({
      code: "malformed_secret",
    });
  });

  test.each(["whsec_", `whsec_${btoa("15 bytes of key")}`, new Uint8Array(15)])(
    "a secret too short: %j",
    async (secret) => {
      await expect(verifyStandard(await setup({ secret }))).rejects.toMatchObject({
        name: "SecretTooShortError",
        code: "secret_too_short",
        minimumBytes: 16,
      });
    },
  );

  test("an empty list of secrets is a mistake in the program", async () => {
    await expect(verifyStandard(await setup({ secret: [] }))).rejects.toBeInstanceOf(TypeError);
  });

  test.each([{ parsed: true }, ["parsed"], 42, null, undefined])("a body that is not raw: %j", async (body) => {
    const request = await setup({ body: body as unknown as string });
    await expect(verifyStandard(request)).rejects.toMatchObject({
      name: "BodyAlreadyParsedError",
      code: "body_already_parsed",
    });
  });

  test("a parsed body turned into a string by accident", async () => {
    await expect(verifyStandard(await setup({ body: String(JSON.parse(BODY)) }))).rejects.toMatchObject({
      code: "body_already_parsed",
    });
  });

  test("a header with signatures of other schemes only", async () => {
    const request = await setup();
    const headers = { ...request.headers, "webhook-signature": `v1a,${"A".repeat(86)}==` };
    await expect(verifyStandard({ ...request, headers })).rejects.toMatchObject({
      name: "NoMatchingSignatureError",
      code: "no_matching_signature",
      hint: undefined,
      message: "The header holds no signature of this scheme.",
    });
  });

  test("no error says the secret, the body or the signature that was expected", async () => {
    const expected = await signStandard({ secret: SECRET, id: "evt_1", body: `${BODY} `, timestamp: SIGNED_AT });
    const request = await setup({ body: `${BODY} `, secret: [SECRET, OTHER_SECRET] });
    const error: unknown = await verifyStandard(request).catch((each: unknown) => each);
    const told = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).stack)}`;
    for (const hidden of [
      SECRET.slice(6),
      OTHER_SECRET.slice(6),
      "invoice.paid",
      expected["webhook-signature"].slice(3),
    ]) {
      expect(told).not.toContain(hidden);
    }
  });
});

describe("signing refuses", () => {
  test.each(["", "evt.1", "evt 1", "evt_ü", "evt_1\r\nx: y"])("the id %j", async (id) => {
    await expect(signStandard({ secret: SECRET, id, body: BODY })).rejects.toBeInstanceOf(TypeError);
  });

  test("a timestamp that is no time", async () => {
    const timestamp = new Date(Number.NaN);
    await expect(signStandard({ secret: SECRET, id: "evt_1", body: BODY, timestamp })).rejects.toBeInstanceOf(
      RangeError,
    );
  });

  test("a parsed body", async () => {
    const body = JSON.parse(BODY) as string;
    await expect(signStandard({ secret: SECRET, id: "evt_1", body })).rejects.toMatchObject({
      code: "body_already_parsed",
    });
  });
});
