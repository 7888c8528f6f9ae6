import fc from "fast-check";
import { expect, test } from "vitest";

import { createToken, hashToken, hintOfToken, parseToken } from "./api-key-token.ts";

const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
const digit = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

test("a token has a fixed form, and the same random bytes make the same token", () => {
  expect(createToken(new Uint8Array(32))).toBe(`ph_${"0".repeat(43)}2CZclj`);
  fc.assert(
    fc.property(random, (bytes) => {
      const token = createToken(bytes);
      expect(token).toMatch(/^ph_[0-9A-Za-z]{49}$/);
      expect(parseToken(token)).toBe(token);
      expect(hintOfToken(token)).toBe(token.slice(-4));
    }),
  );
});

test("in the form of thesignup's contract it repeats the first characters of its secret", () => {
  fc.assert(
    fc.property(random, (bytes) => {
      const token = createToken(bytes, "thesignup");
      expect(token).toMatch(/^sgn_live_([0-9A-Za-z]{4})_\1[0-9A-Za-z]{45}$/);
      for (const form of [token, token.replace("_live_", "_test_")]) expect(parseToken(form)).toBe(form);
      expect(hintOfToken(token)).toBe(createToken(bytes).slice(-4));
      for (const wrong of [`${token}0`, token.replace("live", "prod"), token.replace(/_.{4}_/, "_0_")]) {
        expect(parseToken(wrong)).toBeNull();
      }
    }),
  );
});

test("other random bytes make another token", () => {
  fc.assert(
    fc.property(random, random, (one, other) => {
      expect(createToken(one) === createToken(other)).toBe(Buffer.compare(one, other) === 0);
    }),
  );
});

test("a token with one character mistyped is recognised as none", () => {
  fc.assert(
    fc.property(random, fc.integer({ min: 3, max: 51 }), digit, (bytes, at, typed) => {
      const token = createToken(bytes);
      fc.pre(token[at] !== typed);
      expect(parseToken(token.slice(0, at) + typed + token.slice(at + 1))).toBeNull();
    }),
  );
});

test("a cut token, a longer one and other texts are none", () => {
  const token = createToken();
  for (const text of [token.slice(0, -1), `${token}0`, token.slice(3), "", `ph_${"0".repeat(49)}`, ` ${token}`]) {
    expect(parseToken(text)).toBeNull();
  }
});

test("what is stored is the SHA-256 of the text", () => {
  expect(hashToken("abc").toString("hex")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
