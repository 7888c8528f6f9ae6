import { describe, expect, test } from "vitest";

import { parseNewSecret, parseSecret } from "./parse-secret.ts";

const text = (key: Uint8Array): string => new TextDecoder().decode(key);

describe("parseSecret", () => {
  test("a whsec_base64 secret decodes to its key", () => {
    const parsed = parseSecret({ format: "whsec_base64", text: "whsec_AAECAwQFBgcICQoLDA0ODw==" });
    expect(parsed).toEqual({ ok: true, key: Uint8Array.from({ length: 16 }, (_, index) => index) });
  });

  test("a text secret is its own key, also where it looks like hex", () => {
    const parsed = parseSecret({ format: "text", text: "00112233445566778899aabbccddeeff" });
    expect(parsed.ok && text(parsed.key)).toBe("00112233445566778899aabbccddeeff");
  });

  test("a whsec_text secret keeps its prefix in the key", () => {
    const parsed = parseSecret({ format: "whsec_text", text: "whsec_demoNewSecret0002" });
    expect(parsed.ok && text(parsed.key)).toBe("whsec_demoNewSecret0002");
  });

  test.each([
    ["without its prefix", "AAECAwQFBgcICQoLDA0ODw=="],
    ["in base64url", "whsec_-_-_AwQFBgcICQoLDA0ODw=="],
    ["without its padding", "whsec_AAECAwQFBgcICQoLDA0ODw"],
    ["with bits after the last byte", "whsec_AAECAwQFBgcICQoLDA0ODx=="],
    ["with a line end copied along", "whsec_AAECAwQFBgcICQoLDA0ODw==\n"],
    ["with a space inside", "whsec_AAECAwQF BgcICQoLDA0ODw=="],
    ["with the prefix in capitals", "WHSEC_AAECAwQFBgcICQoLDA0ODw=="],
  ])("a whsec_base64 secret %s is malformed", (_, secret) => {
    expect(parseSecret({ format: "whsec_base64", text: secret })).toEqual({ ok: false, problem: "malformed" });
  });

  test.each(["text", "whsec_text"] as const)("a %s secret with white space around it is malformed", (format) => {
    expect(parseSecret({ format, text: "whsec_demoNewSecret0002 " })).toEqual({ ok: false, problem: "malformed" });
  });

  test("15 bytes are too short and 16 are enough", () => {
    expect(parseSecret({ format: "text", text: "123456789012345" })).toEqual({ ok: false, problem: "too_short" });
    expect(parseSecret({ format: "text", text: "1234567890123456" }).ok).toBe(true);
  });

  test("the constant prefix does not count as length", () => {
    expect(parseSecret({ format: "whsec_text", text: "whsec_123456789012345" }).ok).toBe(false);
    expect(parseSecret({ format: "whsec_text", text: "whsec_1234567890123456" }).ok).toBe(true);
  });

  test("an empty secret is too short", () => {
    expect(parseSecret({ format: "text", text: "" })).toEqual({ ok: false, problem: "too_short" });
    expect(parseSecret({ format: "whsec_base64", text: "whsec_" })).toEqual({ ok: false, problem: "too_short" });
  });
});

describe("parseNewSecret", () => {
  test("23 bytes are too short and 24 are enough", () => {
    expect(parseNewSecret({ format: "text", text: "abcdefghijklmnopqrstuvw" })).toEqual({
      ok: false,
      problem: "too_short",
    });
    expect(parseNewSecret({ format: "text", text: "abcdefghijklmnopqrstuvwx" }).ok).toBe(true);
  });

  test("a published secret of 18 bytes may be used but not imported", () => {
    const secret = { format: "whsec_base64", text: "whsec_plJ3nmyCDGBKInavdOK15jsl" } as const;
    expect(parseSecret(secret).ok).toBe(true);
    expect(parseNewSecret(secret)).toEqual({ ok: false, problem: "too_short" });
  });

  test("more than 64 decoded bytes are too long", () => {
    expect(parseNewSecret({ format: "whsec_base64", text: `whsec_${btoa("abcdefghijklm".repeat(5))}` })).toEqual({
      ok: false,
      problem: "too_long",
    });
    expect(parseNewSecret({ format: "whsec_base64", text: `whsec_${btoa("abcdefgh".repeat(8))}` }).ok).toBe(true);
  });

  test("a few characters over and over are too predictable", () => {
    expect(parseNewSecret({ format: "text", text: "abcde".repeat(8) })).toEqual({
      ok: false,
      problem: "too_predictable",
    });
    expect(parseNewSecret({ format: "whsec_text", text: `whsec_${"a".repeat(43)}` })).toEqual({
      ok: false,
      problem: "too_predictable",
    });
  });

  test("a text with a space or a letter outside ASCII inside is malformed", () => {
    expect(parseNewSecret({ format: "text", text: "correct horse battery staple" })).toEqual({
      ok: false,
      problem: "malformed",
    });
    expect(parseNewSecret({ format: "text", text: "abcdefghijklmnopqrstuvwxü" })).toEqual({
      ok: false,
      problem: "malformed",
    });
  });
});
