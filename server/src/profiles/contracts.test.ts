/** The wire of the three contracts, byte for byte, against the worked examples of their specifications. */
import { createHmac } from "node:crypto";

import { parseSecret } from "@posthorn/signing/schemes";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { expect, test } from "vitest";

import { findProfile } from "./find-profile.ts";
import type { AttemptFacts, Profile, ProfileEvent } from "./profile.ts";
import { selfcommunity } from "./selfcommunity.ts";
import { thesignup } from "./thesignup.ts";
import { velt } from "./velt.ts";

const T = 1_700_000_000;
const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

function event(overrides: Partial<ProfileEvent> & { readonly text: string }): ProfileEvent {
  const { text, ...rest } = overrides;
  return {
    id: 42,
    eventId: "42",
    tenantId: "0198d3a0-0000-7000-8000-000000000000",
    type: "connection.follow",
    createdAt: new Date(1_699_999_999_500),
    data: Buffer.from(text),
    ...rest,
  };
}

/** Does what the sign stage does: the headers of one try over `body`, with each secret in turn. */
function signWith(
  profile: Profile,
  { secrets, body, ...facts }: { readonly secrets: readonly string[]; readonly body: string } & Partial<AttemptFacts>,
): Record<string, string> {
  const eventId = facts.eventId ?? "42";
  const prefix = profile.signedPrefix({ eventId, timestamp: T });
  const signatures = secrets.map((text) => {
    const parsed = parseSecret({ format: profile.secretFormat, text });
    if (!parsed.ok) throw new Error(`the secret is ${parsed.problem}`);
    return createHmac("sha256", parsed.key).update(prefix).update(body).digest(profile.signatureEncoding);
  });
  const all = {
    type: "x",
    attempt: 1,
    version: "0",
    ...facts,
    eventId,
    timestamp: T,
    signatures,
    signatureScheme: "hmac-sha256",
  } as const;
  return Object.fromEntries(profile.headers(all));
}

test("SelfCommunity signs the body of its example as the example says, under both names", () => {
  const body =
    '{"event_id": 42, "type": "connection.follow", "created": 1699999999.5, "data": {"to_user": {"id": 2}, "from_user": {"id": 1}}}';
  const hex = "1e671157533bb8c91dee01eff24b1f407ef9450ea0dbd4a4788f5cc46522b04e";
  expect(body.length).toBe(126);
  expect(signWith(selfcommunity, { secrets: ["sc_demo_signing_secret_4f1c2a"], body })).toEqual({
    "Content-Type": "application/json",
    "SelfCommunity-Signature": `t=1700000000,v0=${hex},v1=${hex}`,
  });
});

test("SelfCommunity wraps the published bytes as they came, with the event's number and a time with a fraction", () => {
  const text = '{ "to_user":{"id" : 2},"n":12345678901234567890 }';
  const body = `{"event_id":42,"type":"connection.follow","created":1699999999.5,"data":${text}}`;
  expect(toText(selfcommunity.wrap(event({ text }), "wrapped"))).toBe(body);
  const whole = selfcommunity.wrap(event({ text: "1", createdAt: new Date(T * 1000) }), "none");
  expect(toText(whole)).toBe('{"event_id":42,"type":"connection.follow","created":1700000000.0,"data":1}');
  expect(selfcommunity.eventId({ id: 1_763_700_000_000_001, publicId: "evt_x" })).toBe("1763700000000001");
});

test("SelfCommunity sends in an overlap both names of the new signature and then of the old", () => {
  const headers = signWith(selfcommunity, {
    secrets: ["a-new-secret-of-24-bytes", "an-old-secret-of-24bytes"],
    body: "{}",
  });
  const names = headers["SelfCommunity-Signature"]?.split(",").map((pair) => pair.split("=")[0]);
  expect(names).toEqual(["t", "v0", "v1", "v0", "v1"]);
  const values = headers["SelfCommunity-Signature"]?.split(",").map((pair) => pair.split("=")[1]);
  expect(values?.[1]).toBe(values?.[2]);
  expect(values?.[3]).toBe(values?.[4]);
  expect(values?.[1]).not.toBe(values?.[3]);
});

test("Velt's published check value comes out", () => {
  const key = Buffer.from("plJ3nmyCDGBKInavdOK15jsl", "base64");
  const prefix = velt.signedPrefix({ eventId: "msg_loFOjxBNrRLzqYUf", timestamp: 1_731_705_121 });
  const hmac = createHmac("sha256", key).update(prefix).update('{"event_type":"ping","data":{"success":true}}');
  expect(hmac.digest(velt.signatureEncoding)).toBe("rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
});

test("Velt sends the published bytes alone and signs its example as the example says", () => {
  const text =
    '{"event":"comment.add","actionType":"add","source":"comment","data":{"actionUser":{"userId":"user123"},"metadata":{"organization":{"organizationId":"org123"},"document":{"documentId":"doc-001"}}},"webhookId":"wh_demo_1"}';
  const body = toText(velt.wrap(event({ text }), "wrapped"));
  expect(body).toBe(text);
  expect(body.length).toBe(220);
  const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
  expect(signWith(velt, { secrets, body, eventId: "msg_2vK9mPzGqLxYwBnRtCdHsJfAeUo" })).toEqual({
    "content-type": "application/json",
    "webhook-id": "msg_2vK9mPzGqLxYwBnRtCdHsJfAeUo",
    "webhook-timestamp": "1700000000",
    "webhook-signature": "v1,aJyjM9tFIKcds7f+X3RFwVqiidriVWPE5Z6QrbZI0q4=",
  });
});

test("the libraries that Velt's receivers use verify what it signs, in an overlap with either secret", () => {
  const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_plJ3nmyCDGBKInavdOK15jslAAAA"];
  const timestamp = Math.floor(Date.now() / 1000);
  const eventId = velt.eventId({ id: 7, publicId: "evt_7" });
  const body = '{"event":"comment.add"}';
  const prefix = velt.signedPrefix({ eventId, timestamp });
  const signatures = secrets.map((text) =>
    createHmac("sha256", Buffer.from(text.slice(6), "base64"))
      .update(prefix)
      .update(body)
      .digest("base64"),
  );
  const signatureScheme = "hmac-sha256";
  const facts = {
    eventId,
    type: "comment.add",
    attempt: 1,
    timestamp,
    signatures,
    signatureScheme,
    version: "0",
  } as const;
  const headers = Object.fromEntries(velt.headers(facts));
  for (const secret of secrets) {
    expect(new Webhook(secret).verify(body, headers)).toEqual({ event: "comment.add" });
    expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
  }
});

test("Velt's message ids have the contract's form, and no two events share one", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
      const id = velt.eventId({ id: one, publicId: "" });
      expect(id).toMatch(/^msg_[0-9A-Za-z]{27}$/);
      expect(id === velt.eventId({ id: other, publicId: "" })).toBe(one === other);
    }),
  );
});

test("thesignup wraps and signs its example as the example says, the new secret before the old", () => {
  const createdAt = new Date(T * 1000 + 999);
  const example = event({
    text: '{"id":"su_1","title":"Picnic"}',
    eventId: "evt_1",
    type: "signup.created",
    tenantId: "org_1",
    createdAt,
  });
  const body = toText(thesignup.wrap(example, "wrapped"));
  expect(body).toBe(
    '{"id":"evt_1","type":"signup.created","created":1700000000,"organizationId":"org_1","data":{"id":"su_1","title":"Picnic"}}',
  );
  const secrets = ["whsec_demoNewSecret0002", "whsec_demoOldSecret0001"];
  expect(signWith(thesignup, { secrets, body, eventId: "evt_1", type: "signup.created" })).toEqual({
    "Content-Type": "application/json",
    "Thesignup-Event-Id": "evt_1",
    "Thesignup-Event-Type": "signup.created",
    "Thesignup-Signature":
      "t=1700000000,v1=a2dd7f034ddaa891818215ad6790cc91f63c7548e8aec1786ce432e8105a6cc7,v1=4837bb8ec48f74ca258c4f14491ff4900a691d3f248282cbcc0560d1f98f67fa",
  });
});

test.each([
  { profile: selfcommunity, startsAt: [0, 5, 30, 155, 780, 3905], timeoutMs: 10_000, stop: null },
  {
    profile: velt,
    startsAt: [0, 5, 305, 2105, 9305, 27305, 63305, 99305],
    timeoutMs: 15_000,
    stop: { becomes: "disabled", afterMs: 432_000_000, failedTries: 0, failedDeliveries: 0 },
  },
  {
    profile: thesignup,
    startsAt: [0, 60, 360, 2160, 9360, 30_960],
    timeoutMs: 10_000,
    stop: { becomes: "paused", afterMs: 0, failedTries: 20, failedDeliveries: 0 },
  },
])("$profile.name tries, waits and stops as its contract says", ({ profile, startsAt, timeoutMs, stop }) => {
  const starts = [0];
  for (const wait of profile.waitsSeconds) starts.push((starts.at(-1) ?? 0) + wait);
  expect(starts).toEqual(startsAt);
  expect(profile).toMatchObject({ jitter: 0, timeoutMs, gone: "fail", retryAfter: null, health: { warn: null, stop } });
  expect(findProfile(profile.name)).toBe(profile);
});

test.each([selfcommunity, velt, thesignup])("$name names the header that carries its signatures", (profile) => {
  const names = profile
    .headers({
      eventId: "1",
      type: "a",
      attempt: 1,
      timestamp: T,
      signatures: ["00"],
      signatureScheme: "hmac-sha256",
      version: "0",
    })
    .map(([name]) => name.toLowerCase());
  expect(names).toContain(profile.signatureHeader);
});

test.each([selfcommunity, thesignup])("$name wraps any data into a body that parses to it", (profile) => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const body = toText(profile.wrap(event({ text }), "wrapped"));
      expect((JSON.parse(body) as { data: unknown }).data).toEqual(JSON.parse(text));
    }),
  );
});
