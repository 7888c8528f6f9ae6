import { describe, expect, test } from "vitest";

import { NoMatchingSignatureError } from "../errors/no-matching-signature-error.ts";
import type { SignatureHint } from "../errors/no-matching-signature-error.ts";
import type { RequestBody } from "../request/request-body.ts";
import type { Secret } from "../signature/secrets-to-keys.ts";
import { signStandard } from "../standard/sign-standard.ts";
import { verifyStandard } from "../standard/verify-standard.ts";
import { signTimestamped } from "../timestamped/sign-timestamped.ts";
import { selfCommunity, theSignup } from "../timestamped/timestamped-scheme.ts";
import type { TimestampedScheme } from "../timestamped/timestamped-scheme.ts";
import { verifyTimestamped } from "../timestamped/verify-timestamped.ts";

const NOW = new Date(1_700_000_000_000);
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const COMPACT = '{"a":[1,"x, y: \\"z\\""],"b":{}}';
const SPACED = '{"a": [1, "x, y: \\"z\\""], "b": {}}';

interface Exchange {
  signed: RequestBody;
  received?: RequestBody;
  signedWith?: Secret;
  verifiedWith?: Secret | readonly Secret[];
}

/** Signs one body with one key, verifies another with another, and gives the hint of the refusal. */
async function hintOf(exchange: Exchange): Promise<SignatureHint | undefined> {
  const { signed, received = signed, signedWith = SECRET, verifiedWith = SECRET } = exchange;
  const headers = await signStandard({ secret: signedWith, id: "evt_1", body: signed, timestamp: NOW });
  return getHint(verifyStandard({ secret: verifiedWith, headers: { ...headers }, body: received, now: NOW }));
}

async function timestampedHintOf(
  scheme: TimestampedScheme,
  exchange: Required<Omit<Exchange, "received">>,
): Promise<SignatureHint | undefined> {
  const { signed, signedWith, verifiedWith } = exchange;
  const headers = await signTimestamped({ scheme, secret: signedWith, body: signed, timestamp: NOW });
  return getHint(verifyTimestamped({ scheme, secret: verifiedWith, headers, body: signed, now: NOW }));
}

async function getHint(verification: Promise<unknown>): Promise<SignatureHint | undefined> {
  const error: unknown = await verification.catch((each: unknown) => each);
  if (!(error instanceof NoMatchingSignatureError)) throw new Error("It was not refused.", { cause: error });
  return error.hint;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("body_reserialised", () => {
  test.each([
    ["compact, received with spaces", COMPACT, SPACED],
    ["with spaces, received compact", SPACED, COMPACT],
    ["compact, received indented", COMPACT, JSON.stringify(JSON.parse(COMPACT), null, 2)],
    ["indented, received compact", JSON.stringify(JSON.parse(COMPACT), null, 2), COMPACT],
    ["compact with escapes beyond ASCII, received without", '{"a":"\\u00e9\\ud83d\\ude00"}', '{"a":"é😀"}'],
    ["with spaces and escapes, received compact without", '{"a": "\\u00e9", "b": 1}', '{"a":"é","b":1}'],
    ["compact, received with other escapes", '{"a":"/"}', '{"a":"\\/"}'],
  ])("a body signed %s", async (_, signed, received) => {
    expect(await hintOf({ signed, received })).toBe("body_reserialised");
  });

  test("a contract's own body, signed with spaces, that a receiver wrote again", async () => {
    const signed =
      '{"event_id": 42, "type": "connection.follow", "created": 1699999999.5, "data": {"to_user": {"id": 2}}}';
    expect(await hintOf({ signed, received: JSON.stringify(JSON.parse(signed)) })).toBe("body_reserialised");
  });

  test("the proof is also found with the second of two secrets", async () => {
    const verifiedWith = [OTHER_SECRET, SECRET];
    expect(await hintOf({ signed: SPACED, received: COMPACT, verifiedWith })).toBe("body_reserialised");
  });

  test.each([
    ["says something else", SPACED, COMPACT.replace("1", "2")],
    ["lost a digit when it was parsed", '{"a": 1.0}', '{"a":1}'],
    ["is not JSON", "a = 1", "a=1"],
    ["is deeper than can be written", "x", "[".repeat(100_000) + "]".repeat(100_000)],
    ["is above the size that is taken apart", `[1, "${"x".repeat(600_000)}"]`, `[1,"${"x".repeat(600_000)}"]`],
  ])("silent when the received body %s", async (_, signed, received) => {
    expect(await hintOf({ signed, received })).toBeUndefined();
  });

  test("silent when the secret is wrong as well", async () => {
    expect(await hintOf({ signed: SPACED, received: COMPACT, verifiedWith: OTHER_SECRET })).toBeUndefined();
  });

  test("silent when the received bytes are not UTF-8", async () => {
    expect(await hintOf({ signed: COMPACT, received: Uint8Array.of(0x22, 0xff, 0x22) })).toBeUndefined();
  });

  test("a body of one long string is diagnosed like any other", async () => {
    const long = "\\n".repeat(200_000);
    expect(await hintOf({ signed: `["${long}", 1]`, received: `["${long}",1]` })).toBe("body_reserialised");
  });
});

describe("body_trailing_newline", () => {
  test.each([
    ["gained a line feed", COMPACT, `${COMPACT}\n`],
    ["gained a carriage return and a line feed", COMPACT, `${COMPACT}\r\n`],
    ["lost a line feed", `${COMPACT}\n`, COMPACT],
    ["lost a carriage return and a line feed", `${COMPACT}\r\n`, COMPACT],
    ["is not JSON and gained one", "a = 1", "a = 1\n"],
  ])("a body that %s", async (_, signed, received) => {
    expect(await hintOf({ signed, received })).toBe("body_trailing_newline");
  });

  test.each([
    ["is the signed one's beginning", `${COMPACT}x`, COMPACT],
    ["differs before its line end", COMPACT, `${COMPACT} \n`.replace("a", "c")],
    ["gained a space", "a = 1", "a = 1 "],
  ])("silent when the received body %s", async (_, signed, received) => {
    expect(await hintOf({ signed, received })).toBeUndefined();
  });
});

describe("text_secret_used_as_base64", () => {
  test.each([
    ["the whole text", utf8(SECRET)],
    ["the text after the prefix", utf8(SECRET.slice(6))],
  ])("the sender's key is %s", async (_, signedWith) => {
    expect(await hintOf({ signed: COMPACT, signedWith })).toBe("text_secret_used_as_base64");
  });

  test("the receiver passed the decoded bytes itself", async () => {
    const verifiedWith = Buffer.from(SECRET.slice(6), "base64");
    expect(await hintOf({ signed: COMPACT, signedWith: utf8(SECRET), verifiedWith })).toBe(
      "text_secret_used_as_base64",
    );
  });

  test("silent when the text is that of another secret", async () => {
    expect(await hintOf({ signed: COMPACT, signedWith: utf8(OTHER_SECRET) })).toBeUndefined();
  });
});

describe("base64_secret_used_as_text", () => {
  const decoded = Buffer.from(SECRET.slice(6), "base64");

  test.each([
    ["SelfCommunity", selfCommunity, SECRET],
    ["SelfCommunity without a prefix", selfCommunity, SECRET.slice(6)],
    ["thesignup", theSignup, SECRET],
  ])("%s: the sender's key is the decoded bytes", async (_, scheme, verifiedWith) => {
    const hint = await timestampedHintOf(scheme, { signed: COMPACT, signedWith: decoded, verifiedWith });
    expect(hint).toBe("base64_secret_used_as_text");
  });

  test("Standard Webhooks: the receiver passed the bytes of the text", async () => {
    expect(await hintOf({ signed: COMPACT, verifiedWith: Buffer.from(SECRET) })).toBe("base64_secret_used_as_text");
  });

  test.each([
    ["the secret is not base64", "whsec_demoNewSecret0002"],
    ["the secret decodes to another key", OTHER_SECRET],
  ])("silent when %s", async (_, verifiedWith) => {
    expect(await timestampedHintOf(theSignup, { signed: COMPACT, signedWith: decoded, verifiedWith })).toBeUndefined();
  });
});

test("a hint is told in the message, and without one nothing is guessed", async () => {
  const refuse = (body: string) =>
    signStandard({ secret: SECRET, id: "evt_1", body: SPACED, timestamp: NOW }).then((headers) =>
      verifyStandard({ secret: SECRET, headers: { ...headers }, body, now: NOW }),
    );
  await expect(refuse(COMPACT)).rejects.toThrow(/parsed and written again/);
  await expect(refuse("{}")).rejects.toThrow(/^No signature in the header fits the body and the secret\.$/);
});
