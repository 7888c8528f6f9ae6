import fc from "fast-check";
import { expect, test } from "vitest";

import { encodeSecret } from "./encode-secret.ts";
import { parseNewSecret, parseSecret } from "./parse-secret.ts";
import { SECRET_PROFILES } from "./secret-profile.ts";
import type { SigningProfile } from "./secret-profile.ts";

const profiles = Object.keys(SECRET_PROFILES) as SigningProfile[];
const SHAPES = {
  standard: /^whsec_[A-Za-z0-9+/]{43}=$/,
  velt: /^whsec_[A-Za-z0-9+/]{32}$/,
  selfcommunity: /^[0-9a-f]{64}$/,
  thesignup: /^whsec_[A-Za-z0-9_-]{43}$/,
} satisfies Record<SigningProfile, RegExp>;

test.each(profiles)("random bytes encoded for %s have its shape and are accepted as new", (profile) => {
  const { format, randomBytes } = SECRET_PROFILES[profile];
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const bytes = randomBytesOf(seed, randomBytes);
      const secret = encodeSecret({ format, bytes });
      expect(secret).toMatch(SHAPES[profile]);
      expect(parseNewSecret({ format, text: secret }).ok).toBe(true);
    }),
  );
});

test("a whsec_base64 secret decodes to the bytes it was made from", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 80 }), (bytes) => {
      const text = encodeSecret({ format: "whsec_base64", bytes });
      expect(parseSecret({ format: "whsec_base64", text })).toEqual({ ok: true, key: bytes });
    }),
  );
});

test("no two texts are the same whsec_base64 key", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 40 }), fc.nat(), fc.nat(127), (bytes, at, code) => {
      const text = encodeSecret({ format: "whsec_base64", bytes });
      const index = at % text.length;
      const other = text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
      const parsed = parseSecret({ format: "whsec_base64", text: other });
      if (parsed.ok && other !== text) expect(parsed.key).not.toEqual(bytes);
    }),
  );
});

/** Uniform bytes from a seed; fast-check's own byte arrays favour zeros, which a random source does not. */
function randomBytesOf(seed: number, length: number): Uint8Array {
  let state = seed | 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}
