import { expect, test } from "vitest";

import { type ErrorClass, errorClasses } from "../attempts/error-class.ts";
import { describeAttempt, type ToldAttempt } from "./describe-attempt.ts";

const CLASSES = Object.keys(errorClasses) as ErrorClass[];

function attempt(part: Partial<ToldAttempt> = {}): ToldAttempt {
  return {
    number: 1,
    class: "http_server_error",
    address: "192.0.2.1",
    timings: { waitMs: 0, dnsMs: 3, connectMs: 12.25, tlsMs: null, firstByteMs: 80, totalMs: 81.6, reused: false },
    tls: null,
    request: { bytes: 120, signedBy: [3, 2] },
    response: { status: 500 },
    ...part,
  };
}

test.each(CLASSES)("%s is told with its phase, its cause and what to do", (failed) => {
  const told = describeAttempt(attempt({ class: failed, response: null }));
  expect(told.text).toMatch(new RegExp(`^Failed (while|in|by|before) [\\w' ]+ \\(${failed}\\) after 82 ms\\.$`));
  expect(told.cause).toBe(errorClasses[failed].cause);
  expect(told.advice).toBe(errorClasses[failed].advice);
});

test("phases, size, address and secret versions stand in the detail", () => {
  expect(describeAttempt(attempt()).detail).toBe(
    "waited 0.0 ms, DNS 3.0 ms, connect 12.3 ms, first byte 80.0 ms, total 81.6 ms, 120 bytes, to 192.0.2.1, signed by version 3, 2",
  );
  const { timings } = attempt();
  const reused = attempt({ timings: { ...timings, dnsMs: null, connectMs: null, reused: true } });
  expect(describeAttempt(reused).detail).toContain("to 192.0.2.1 over a standing connection");
});

test("an accepted attempt has neither cause nor advice", () => {
  expect(describeAttempt(attempt({ class: null, response: { status: 204 } }))).toMatchObject({
    text: "The receiver accepted with 204 after 82 ms.",
    cause: null,
    advice: null,
  });
});

test("a connection that is cut behind the first byte failed in the middle of the answer", () => {
  const { timings } = attempt();
  const cut = (firstByteMs: number | null) =>
    describeAttempt(attempt({ class: "connection_reset", response: null, timings: { ...timings, firstByteMs } })).text;
  expect(cut(5)).toContain("in the middle of the answer");
  expect(cut(null)).toContain("while the answer was waited for");
});

test.each([
  [401, "refused the signature"],
  [404, "the URL's path"],
  [413, "no body of this size"],
])("status %i adds to the advice what it says", (status, words) => {
  const told = describeAttempt(attempt({ class: "http_client_error", response: { status } }));
  expect(told.advice).toMatch(/^Read the recorded answer/);
  expect(told.advice).toContain(words);
});

test("a certificate that is not taken is named", () => {
  const peer = {
    subject: "CN=old.example",
    issuer: "CN=Some CA",
    validTo: "Jan  1 00:00:00 2020 GMT",
    fingerprint256: "",
  };
  const tls = { protocol: null, cipher: null, authorized: false, authorizationError: null, alpn: null, peer };
  const told = describeAttempt(attempt({ class: "tls_expired", response: null, tls }));
  expect(told.advice).toContain("The certificate was for CN=old.example, issued by CN=Some CA, valid until Jan  1");
});
