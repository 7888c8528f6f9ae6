import { createSecretKey } from "node:crypto";

import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";

import { heldDelivery } from "../../../test/support/engine-bench.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import type { SigningSecret, Target } from "../load/target.ts";
import { signDelivery } from "./sign-delivery.ts";

const NOW_MS = Date.parse("2026-03-01T12:00:00.250Z");

const profile = findProfile("standard");
if (profile === null) throw new Error("the standard profile is gone");
const signedFor = (secrets: readonly SigningSecret[], nowMs = NOW_MS) => {
  const target: Target = {
    endpointId: "e",
    tenantId: "t",
    version: 1,
    status: "active",
    url: "https://example.com/",
    authorization: null,
    profile,
    envelope: "wrapped",
    headers: [],
    secrets,
    timeoutMs: null,
    retryWaits: null,
    verifyTls: true,
  };
  return signDelivery({ delivery: heldDelivery({ endpointId: "e" }), target, nowMs, version: "9.9.9" });
};

const keyOf = (number: number): Buffer => Buffer.alloc(32, number);
const secret = (number: number, endsAtMs: number | null): SigningSecret => ({
  number,
  key: createSecretKey(keyOf(number)),
  endsAtMs,
});
const header = (signed: ReturnType<typeof signedFor>, name: string): string =>
  signed.headers.find(([candidate]) => candidate === name)?.[1] ?? "";

test("every live version signs, in the given order, over the bytes that are sent", () => {
  const signed = signedFor([secret(3, null), secret(2, NOW_MS + 1)]);
  expect(signed.signedBy).toEqual([3, 2]);
  const at = new Date(Number(header(signed, "webhook-timestamp")) * 1000);
  const body = Buffer.from(signed.body).toString();
  const signatures = [3, 2].map((number) =>
    new Webhook(keyOf(number).toString("base64")).sign(header(signed, "webhook-id"), at, body),
  );
  expect(header(signed, "webhook-signature")).toBe(signatures.join(" "));
});

test("a version signs until just before its end and nothing from that millisecond on, whatever was cached", () => {
  const endsAtMs = NOW_MS + 5_000;
  const versions = [secret(2, null), secret(1, endsAtMs)];
  fc.assert(
    fc.property(fc.integer({ min: -10_000, max: 10_000 }), (ms) => {
      expect(signedFor(versions, endsAtMs + ms).signedBy).toEqual(ms < 0 ? [2, 1] : [2]);
    }),
    { examples: [[-1], [0], [1]] },
  );
});

test("the time that is signed is the time of signing in whole seconds", () => {
  expect(header(signedFor([secret(1, null)]), "webhook-timestamp")).toBe(String(Math.floor(NOW_MS / 1000)));
});
