import { expect, test } from "vitest";

import { MAX_JSON_DEPTH, scanJson } from "./scan-json.ts";
import type { MemberSpan } from "./scan-json.ts";

const scan = (text: string) => scanJson(Buffer.from(text), []);
const parses = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ["a name written twice", '{"a":1,"a":2}', 7],
  ["a name written once plain and once escaped", '{"a":1,"\\u0061":2}', 7],
  ["a name written twice deep inside", '{"data":[{"x":{"b":1, "b":2}}]}', 22],
  ["an empty name written twice", '{"":1,"":2}', 6],
])("%s is refused where it stands the second time", (_, text, at) => {
  expect(scan(text)).toEqual({ code: "duplicate_member", at });
});

test("names that differ only in a byte that the fingerprint leaves out are told apart", () => {
  expect(scan('{"line_1_of_them":1,"line_2_of_them":2}')).toBeNull();
});

test("the same name in two objects, one inside the other, is accepted", () => {
  expect(scan('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}')).toBeNull();
  expect(scan('{"a":{"b":1},"b":{"c":1},"c":2}')).toBeNull();
});

test("a repeated name is found in an object of 40,000 names, plain or in the shape of numbers", () => {
  for (const prefix of ["name", ""]) {
    const names = Array.from({ length: 40_000 }, (_, i) => `"${prefix}${i}":0`);
    expect(scan(`{${names.join()}}`)).toBeNull();
    expect(scan(`{${names.join()},"${prefix}39999":0}`)?.code).toBe("duplicate_member");
    expect(scan(`{${names.join()},"${prefix}0":0}`)?.code).toBe("duplicate_member");
  }
});

test("each byte in a string, after a backslash and in a number is judged as JSON.parse judges it", () => {
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const documents = characters.flatMap((c) => [
    `"a${c}b"`,
    `"\\${c}"`,
    `"\\u00${c}0"`,
    `0${c}`,
    `1${c}1`,
    `-${c}`,
    `[1${c}]`,
  ]);
  for (const document of documents) expect([document, scan(document) === null]).toEqual([document, parses(document)]);
});

test("two escaped halves of a pair that is none are two names", () => {
  expect(scan('{"\\ud800":1,"\\ud801":2,"\\ufffd":3}')).toBeNull();
});

test("100 levels pass and 101 do not", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const objects = (levels: number) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
  expect(scan(nested(MAX_JSON_DEPTH))).toBeNull();
  expect(scan(objects(MAX_JSON_DEPTH))).toBeNull();
  expect(scan(nested(MAX_JSON_DEPTH + 1))).toEqual({ code: "nested_too_deeply", at: 100 });
  expect(scan(objects(MAX_JSON_DEPTH + 1))?.code).toBe("nested_too_deeply");
});

test("a million open brackets are refused without exhausting the stack", () => {
  expect(scan("[".repeat(1_000_000))?.code).toBe("nested_too_deeply");
});

test("a byte order mark is refused by name", () => {
  expect(scan("\ufeff{}")).toEqual({ code: "byte_order_mark", at: 0 });
});

test.each([
  ["an overlong form", [0x22, 0xc0, 0xaf, 0x22]],
  ["half of a surrogate pair", [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ["a cut sequence", [0x22, 0xe2, 0x82, 0x22]],
])("%s is invalid UTF-8", (_, bytes) => {
  expect(scanJson(Uint8Array.from(bytes), [])).toEqual({ code: "invalid_utf8", at: 0 });
});

test("a document that ends too early is refused at its end", () => {
  expect(scan('{"a":"b')).toEqual({ code: "malformed_json", at: 7 });
  expect(scan("")).toEqual({ code: "malformed_json", at: 0 });
});

test("a refused document leaves nothing behind for the next", () => {
  expect(scan('{"a":{"b":{"c":1,')).not.toBeNull();
  const members: MemberSpan[] = [];
  expect(scanJson(Buffer.from('{"c":1,"b":2,"a":3}'), members)).toBeNull();
  expect(members.map((member) => member.name)).toEqual(["c", "b", "a"]);
});
