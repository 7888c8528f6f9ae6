import fc from "fast-check";
import { expect, test } from "vitest";

import { parseRetryAfter } from "./parse-retry-after.ts";

const now = new Date("1994-11-06T08:49:00.000Z");

test.each([
  ["0", 0],
  ["120", 120_000],
  ["  7 ", 7000],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
  ["Sun Nov  6 08:49:37 1994", 37_000],
  ["Sun, 06 Nov 1994 08:48:00 GMT", -60_000],
  ["Wed, 30 Nov 1994 23:59:60 GMT", 2_128_260_000],
])("%s is read", (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});

test.each([
  "",
  "-1",
  "1.5",
  "1e3",
  "soon",
  "120 seconds",
  "0x10",
  "1994-11-06T08:49:37Z",
  "Sun, 06 Nov 1994 08:49:37 CET",
  "Sun, 31 Feb 1994 08:49:37 GMT",
  "Sun, 06 Foo 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 24:00:00 GMT",
  "9".repeat(16),
])("%j is as good as absent", (header) => {
  expect(parseRetryAfter(header, now)).toBeNull();
});

test("a two-digit year is at most 50 years ahead", () => {
  const in2026 = new Date("2026-01-01T00:00:00.000Z");
  expect(parseRetryAfter("Friday, 01-Jan-76 00:00:00 GMT", in2026)).toBe(Date.UTC(2076, 0, 1) - in2026.getTime());
  expect(parseRetryAfter("Saturday, 01-Jan-77 00:00:00 GMT", in2026)).toBe(Date.UTC(1977, 0, 1) - in2026.getTime());
});

test("every HTTP-date that a server prints is read to the second", () => {
  const dates = fc.date({ min: new Date("1990-01-01"), max: new Date("2100-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      expect(parseRetryAfter(date.toUTCString(), now)).toBe(Math.floor(date.getTime() / 1000) * 1000 - now.getTime());
    }),
  );
});

test("any text is read or refused without a throw", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const ms = parseRetryAfter(text, now);
      expect(ms === null || Number.isFinite(ms)).toBe(true);
    }),
  );
});
