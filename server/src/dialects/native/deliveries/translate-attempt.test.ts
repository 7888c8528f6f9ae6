import { expect, test } from "vitest";

import type { Attempt } from "../../../core/attempts/attempt.ts";
import { toAttemptAnswer } from "./translate-attempt.ts";

const ATTEMPT: Attempt = {
  id: 4,
  deliveryId: 3,
  eventId: 2,
  endpointId: "00000000-0000-4000-8000-000000000001",
  run: 1,
  number: 1,
  source: "publish",
  startedAt: new Date("2026-01-31T12:00:00Z"),
  outcome: "rejected",
  class: "http_server_error",
  request: { url: "https://example.com/", headers: [], bytes: 0, sha256: new Uint8Array(32), signedBy: [1] },
  response: null,
  address: null,
  timings: { waitMs: 0, dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: null, reused: false },
  tls: null,
  decision: "retry",
  reason: "The receiver failed.",
  nextAt: null,
};

function answered(body: Uint8Array, bytes = body.byteLength) {
  return toAttemptAnswer({ ...ATTEMPT, response: { status: 500, headers: [], body, bytes } }).response;
}

test("an answer that was cut within a character is text up to there", () => {
  const euro = Buffer.from("1 €");
  expect(answered(euro.subarray(0, 4), 5)).toMatchObject({ body: "1 ", bodyBase64: null, truncated: true });
});

test("a whole answer that ends within a character is no text", () => {
  const cut = Buffer.from("1 €").subarray(0, 4);
  expect(answered(cut)).toMatchObject({ body: null, bodyBase64: cut.toString("base64"), truncated: false });
});

test("a byte-order mark is part of the text", () => {
  expect(answered(Buffer.from("\uFEFFx"))?.body).toBe("\uFEFFx");
});

test("an empty answer is an empty text", () => {
  expect(answered(new Uint8Array())).toMatchObject({ body: "", bodyBase64: null, bytes: 0 });
});
