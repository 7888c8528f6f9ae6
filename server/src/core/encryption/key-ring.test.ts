import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { KeyUnavailableError, parseKeyRing } from "./key-ring.ts";

const entry = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;

test("a value opens with its key and identity, also after another key became current", () => {
  const first = entry("k1");
  const sealed = parseKeyRing(first).seal(Buffer.from("whsec"), "secret:a:1");
  const later = parseKeyRing(`${entry("k2")},${first}`);
  expect(later.currentKeyId).toBe("k2");
  expect(later.open(sealed, "secret:a:1").toString()).toBe("whsec");
});

test("a value does not open under another identity, with another key of the same id, or without its key", () => {
  const first = entry("k1");
  const sealed = parseKeyRing(first).seal(Buffer.from("whsec"), "secret:a:1");
  expect(() => parseKeyRing(first).open(sealed, "secret:b:1")).toThrow(KeyUnavailableError);
  expect(() => parseKeyRing(entry("k1")).open(sealed, "secret:a:1")).toThrow(KeyUnavailableError);
  expect(() => parseKeyRing(entry("k2")).open(sealed, "secret:a:1")).toThrow(/k1 is not in the key ring/);
});

test("a ring from which its current key was taken opens with the others, and seals and derives nothing", () => {
  const [first, second] = [entry("k1"), entry("k2")];
  const sealed = parseKeyRing(second).seal(Buffer.from("whsec"), "i");
  const ring = parseKeyRing(`${first},${second}`).without(["k1"]);
  expect(ring.open(sealed, "i").toString()).toBe("whsec");
  expect([ring.currentKeyId, ring.keyIds]).toEqual(["k1", ["k2"]]);
  expect(() => ring.seal(Buffer.from("x"), "i")).toThrow(KeyUnavailableError);
  expect(() => ring.derive("k1", "any")).toThrow(KeyUnavailableError);
});

test("the same value sealed twice reads differently", () => {
  const ring = parseKeyRing(entry("k1"));
  const [a, b] = [ring.seal(Buffer.from("x"), "i"), ring.seal(Buffer.from("x"), "i")];
  expect(Buffer.from(a.bytes).equals(Buffer.from(b.bytes))).toBe(false);
});

test("a malformed ring is refused without showing the key", () => {
  expect(() => parseKeyRing("")).toThrow(/expected id:base64/);
  expect(() => parseKeyRing("k1:c2hvcnQ=")).toThrow("Encryption key k1: expected 32 bytes in base64, found 5.");
  expect(() => parseKeyRing(`${entry("k1")},${entry("k1")}`)).toThrow(/given twice/);
});
