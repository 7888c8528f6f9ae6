import { describe, expect, test } from "vitest";

import { signTimestamped } from "./sign-timestamped.ts";
import { selfCommunity, theSignup } from "./timestamped-scheme.ts";
import type { TimestampedScheme } from "./timestamped-scheme.ts";
import { verifyTimestamped } from "./verify-timestamped.ts";
import type { VerifyTimestampedOptions } from "./verify-timestamped.ts";

const SIGNED_AT = new Date(1_700_000_000_000);
const BODY = '{"event_id": 42, "type": "connection.follow"}';
const NEW_SECRET = "3f0c1a5d7e9b2846a1c3e5f70819263544d3c2b1a09f8e7d6c5b4a3928170605";
const OLD_SECRET = "a09f8e7d6c5b4a39281706053f0c1a5d7e9b2846a1c3e5f70819263544d3c2b1";

async function setup(replaced: Partial<VerifyTimestampedOptions> = {}): Promise<VerifyTimestampedOptions> {
  const scheme = replaced.scheme ?? selfCommunity;
  const headers = await signTimestamped({ scheme, secret: NEW_SECRET, body: BODY, timestamp: SIGNED_AT });
  return { scheme, secret: NEW_SECRET, headers, body: BODY, now: SIGNED_AT, ...replaced };
}

describe("worked examples of the contracts", () => {
  test("SelfCommunity's is signed and verified", async () => {
    const secret = "sc_demo_signing_secret_4f1c2a";
    const body =
      '{"event_id": 42, "type": "connection.follow", "created": 1699999999.5, "data": {"to_user": {"id": 2}, "from_user": {"id": 1}}}';
    const headers = await signTimestamped({ scheme: selfCommunity, secret, body, timestamp: SIGNED_AT });
    expect(headers).toEqual({
      "SelfCommunity-Signature":
        "t=1700000000,v0=1e671157533bb8c91dee01eff24b1f407ef9450ea0dbd4a4788f5cc46522b04e,v1=1e671157533bb8c91dee01eff24b1f407ef9450ea0dbd4a4788f5cc46522b04e",
    });
    const verified = await verifyTimestamped({ scheme: selfCommunity, secret, headers, body, now: SIGNED_AT });
    expect(verified).toEqual({ timestamp: SIGNED_AT, secretIndex: 0 });
  });

  test("thesignup's, inside an overlap, is signed and verifies with each secret", async () => {
    const secrets = ["whsec_demoNewSecret0002", "whsec_demoOldSecret0001"];
    const body =
      '{"id":"evt_1","type":"signup.created","created":1700000000,"organizationId":"org_1","data":{"id":"su_1","title":"Picnic"}}';
    const headers = await signTimestamped({ scheme: theSignup, secret: secrets, body, timestamp: SIGNED_AT });
    expect(headers).toEqual({
      "Thesignup-Signature":
        "t=1700000000,v1=a2dd7f034ddaa891818215ad6790cc91f63c7548e8aec1786ce432e8105a6cc7,v1=4837bb8ec48f74ca258c4f14491ff4900a691d3f248282cbcc0560d1f98f67fa",
    });
    for (const secret of secrets) {
      await verifyTimestamped({ scheme: theSignup, secret, headers, body, now: SIGNED_AT });
    }
  });
});

describe("in an overlap", () => {
  const inOverlap = () =>
    signTimestamped({ scheme: selfCommunity, secret: [NEW_SECRET, OLD_SECRET], body: BODY, timestamp: SIGNED_AT });

  test("SelfCommunity's header is t, then v0 and v1 of the new secret, then of the old", async () => {
    const value = (await inOverlap())["SelfCommunity-Signature"] ?? "";
    expect(value.split(",").map((entry) => entry.split("=")[0])).toEqual(["t", "v0", "v1", "v0", "v1"]);
    const alone = (await setup()).headers as Record<string, string>;
    expect(value.startsWith(`${alone["SelfCommunity-Signature"]},`)).toBe(true);
  });

  test("a receiver with both secrets learns which one fits", async () => {
    expect((await verifyTimestamped(await setup({ secret: [OLD_SECRET, NEW_SECRET] }))).secretIndex).toBe(1);
  });

  test("after it, a receiver with the old secret alone refuses", async () => {
    await expect(verifyTimestamped(await setup({ secret: OLD_SECRET }))).rejects.toMatchObject({
      code: "no_matching_signature",
    });
  });
});

test("a receiver that looks for v1 alone, or for v0 alone, verifies what SelfCommunity's scheme sends", async () => {
  for (const name of ["v0", "v1"]) {
    const scheme: TimestampedScheme = { ...selfCommunity, signatureNames: [name] };
    const { headers } = await setup();
    await verifyTimestamped(await setup({ scheme, headers }));
  }
});

test("a scheme of one's own is data", async () => {
  const scheme: TimestampedScheme = { headerName: "X-Signature", signatureNames: ["s2"], secretFormat: "text" };
  const request = await setup({ scheme });
  expect(request.headers).toEqual({ "X-Signature": expect.stringMatching(/^t=1700000000,s2=[0-9a-f]{64}$/) });
  await verifyTimestamped(request);
});

describe("each mistake has its error", () => {
  test("a missing header", async () => {
    await expect(verifyTimestamped(await setup({ headers: {} }))).rejects.toMatchObject({
      code: "missing_header",
      header: "SelfCommunity-Signature",
    });
  });

  test.each([
    "v1=00",
    "t=1700000000",
    "t=1700000000,t=1700000000,v1=00",
    "t=now,v1=00",
    "t=1700000000;v1=00",
    "v1,YWE=",
  ])("the header %s", async (value) => {
    const request = await setup({ headers: { "SelfCommunity-Signature": value } });
    const code = value === "t=1700000000" ? "no_matching_signature" : "malformed_header";
    await expect(verifyTimestamped(request)).rejects.toMatchObject({ code });
  });

  test("signatures under other names only", async () => {
    const request = await setup({ headers: { "SelfCommunity-Signature": `t=1700000000,v2=${"0".repeat(64)}` } });
    await expect(verifyTimestamped(request)).rejects.toMatchObject({
      code: "no_matching_signature",
      message: "The header holds no signature of this scheme.",
    });
  });

  test("a thesignup secret without its prefix", async () => {
    const request = await setup();
    await expect(verifyTimestamped({ ...request, scheme: theSignup })).rejects.toMatchObject({
      code: "malformed_secret",
    });
  });

  test("a secret too short", async () => {
    await expect(verifyTimestamped(await setup({ secret: "change-me" }))).rejects.toMatchObject({
      code: "secret_too_short",
    });
  });

  test("a timestamp too old and one too new", async () => {
    const late = new Date(SIGNED_AT.getTime() + 301_000);
    const early = new Date(SIGNED_AT.getTime() - 301_000);
    await expect(verifyTimestamped(await setup({ now: late }))).rejects.toMatchObject({ code: "timestamp_too_old" });
    await expect(verifyTimestamped(await setup({ now: early }))).rejects.toMatchObject({ code: "timestamp_too_new" });
  });

  test("a parsed body", async () => {
    const request = await setup({ body: JSON.parse(BODY) as string });
    await expect(verifyTimestamped(request)).rejects.toMatchObject({ code: "body_already_parsed" });
  });

  test("a signature in capitals is not the one that was sent", async () => {
    const request = await setup();
    const value = String((request.headers as Record<string, string>)["SelfCommunity-Signature"]);
    const headers = { "SelfCommunity-Signature": value.replace(/[a-f]/g, (letter) => letter.toUpperCase()) };
    await expect(verifyTimestamped({ ...request, headers })).rejects.toMatchObject({ code: "no_matching_signature" });
  });
});
