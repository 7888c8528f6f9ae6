import { createHmac } from "node:crypto";

import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import { findProfile } from "./find-profile.ts";
import type { AttemptFacts, ProfileEvent } from "./profile.ts";
import { standard } from "./standard.ts";

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
const setup = (data: string): ProfileEvent => ({
  id: 42,
  eventId: "evt_0000000001a",
  tenantId: "0198d3a0-0000-7000-8000-000000000000",
  type: "invoice.paid",
  createdAt: new Date("2026-03-01T12:00:00.007Z"),
  data: Buffer.from(data),
});
const facts: AttemptFacts = {
  eventId: "evt_0000000001a",
  type: "invoice.paid",
  attempt: 3,
  timestamp: 1_772_366_400,
  signatures: ["bmV3", "b2xk"],
  signatureScheme: "hmac-sha256",
  version: "0.1.0",
};

test("the body holds the published bytes as they came", () => {
  const data = '{ "n" : 12345678901234567890, "é":"\\u00e9" }';
  expect(toText(standard.wrap(setup(data), "wrapped"))).toBe(
    `{"type":"invoice.paid","timestamp":"2026-03-01T12:00:00.007Z","data":${data}}`,
  );
});

test("without an envelope the published bytes are the body", () => {
  expect(toText(standard.wrap(setup('"text"'), "none"))).toBe('"text"');
});

test("any data makes a body that parses to it, and the same body every time", () => {
  fc.assert(
    fc.property(fc.json(), (data) => {
      const body = standard.wrap(setup(data), "wrapped");
      expect((JSON.parse(toText(body)) as { data: unknown }).data).toEqual(JSON.parse(data));
      expect(Buffer.compare(standard.wrap(setup(data), "wrapped"), body)).toBe(0);
    }),
  );
});

test("the headers are those of Standard Webhooks and our two, newest signature first", () => {
  expect(Object.fromEntries(standard.headers(facts))).toEqual({
    "content-type": "application/json",
    "user-agent": "Posthorn/0.1.0",
    "webhook-id": "evt_0000000001a",
    "webhook-timestamp": "1772366400",
    "webhook-signature": "v1,bmV3 v1,b2xk",
    "posthorn-event-type": "invoice.paid",
    "posthorn-attempt": "3",
  });
});

test("a library that is not ours verifies what is signed", () => {
  const key = Buffer.alloc(32, 7);
  const body = standard.wrap(setup('{"a":1}'), "wrapped");
  const timestamp = Math.floor(Date.now() / 1000);
  const prefix = standard.signedPrefix({ eventId: facts.eventId, timestamp });
  const signature = createHmac("sha256", key).update(prefix).update(body).digest(standard.signatureEncoding);
  const headers = Object.fromEntries(standard.headers({ ...facts, timestamp, signatures: [signature] }));
  const verified = new Webhook(key.toString("base64")).verify(toText(body), headers);
  expect(verified).toMatchObject({ data: { a: 1 } });
});

test("tries span a little over three days", () => {
  expect(standard.waitsSeconds.reduce((sum, wait) => sum + wait, 0)).toBe(5 + 300 + 1800 + 75 * 3600);
});

test("a profile is found by its name, and no other", () => {
  expect(findProfile("standard")).toBe(standard);
  expect(findProfile("constructor")).toBeNull();
});
