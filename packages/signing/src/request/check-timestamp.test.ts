import { expect, test } from "vitest";

import { checkTimestamp } from "./check-timestamp.ts";

const SENT_AT_SECONDS = 1_700_000_000;

const setup = (options: { ageSeconds: number; toleranceSeconds?: number }) => () =>
  checkTimestamp({
    header: "webhook-timestamp",
    text: String(SENT_AT_SECONDS),
    now: new Date((SENT_AT_SECONDS + options.ageSeconds) * 1000),
    toleranceSeconds: options.toleranceSeconds ?? 300,
  });

test.each([-300, -1, 0, 300])("a timestamp %i s old is near enough", (ageSeconds) => {
  expect(setup({ ageSeconds })()).toEqual(new Date(SENT_AT_SECONDS * 1000));
});

test("a second beyond the tolerance is too old", () => {
  expect(setup({ ageSeconds: 301 })).toThrow(
    expect.objectContaining({ name: "TimestampTooOldError", code: "timestamp_too_old", toleranceSeconds: 300 }),
  );
});

test("a second beyond the tolerance in the future is too new", () => {
  expect(setup({ ageSeconds: -301 })).toThrow(
    expect.objectContaining({ name: "TimestampTooNewError", code: "timestamp_too_new", toleranceSeconds: 300 }),
  );
});

test("the tolerance can be narrowed, down to the same second", () => {
  expect(setup({ ageSeconds: 0, toleranceSeconds: 0 })).not.toThrow();
  expect(setup({ ageSeconds: 1, toleranceSeconds: 0 })).toThrow(expect.objectContaining({ code: "timestamp_too_old" }));
});

test("an infinite tolerance accepts any time", () => {
  expect(setup({ ageSeconds: 1e9, toleranceSeconds: Infinity })).not.toThrow();
});

test.each([-1, Number.NaN])("a tolerance of %d is a mistake in the program", (toleranceSeconds) => {
  expect(setup({ ageSeconds: 0, toleranceSeconds })).toThrow(RangeError);
});

test("a now that is no time is a mistake in the program, never a pass", () => {
  expect(setup({ ageSeconds: Number.NaN })).toThrow(RangeError);
});
