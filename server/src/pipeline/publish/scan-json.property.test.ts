/** The scanner against JSON.parse: documents made to be odd, and bytes changed at random. */
import { isUtf8 } from "node:buffer";

import fc from "fast-check";
import { expect, test } from "vitest";

import { listElementMembers, MAX_JSON_DEPTH, scanJson } from "./scan-json.ts";
import type { MemberSpan } from "./scan-json.ts";

const RUNS = 2000;

const space = fc.array(fc.constantFrom(" ", "\t", "\n", "\r"), { maxLength: 3 }).map((parts) => parts.join(""));

/** One text in the many ways in which JSON can write it. */
const stringToken = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.infiniteStream(fc.nat({ max: 3 }))).map(([value, choices]) => {
    const written = Array.from(value, (character) => {
      const plain = JSON.stringify(character).slice(1, -1);
      const how = choices.next().value ?? 0;
      if (how === 0)
        return Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join("");
      if (how === 1 && character === "/") return "\\/";
      return plain;
    });
    return `"${written.join("")}"`;
  });

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

const numberToken = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map(String),
  fc.constantFrom("-0", "0", "1e400", "-1E-400", "1.50", "0.1e+07", "9007199254740993"),
);

/** Names collide now and then, so that duplicates are met at every level. */
const nameToken = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('"a"', '"b"', '"c"', '"\\u0061"') },
  { weight: 1, arbitrary: stringToken(fc.constantFrom("é", "__proto__", "type", "")) },
  { weight: 1, arbitrary: stringToken(fc.string({ unit: "grapheme", maxLength: 12 })) },
);

const { document } = fc.letrec<{ document: string; value: string; leaf: string; array: string; object: string }>(
  (tie) => ({
    document: fc.tuple(space, tie("value"), space).map((parts) => parts.join("")),
    value: fc.oneof(
      { maxDepth: 5, depthSize: "large" },
      { weight: 2, arbitrary: tie("leaf") },
      { weight: 1, arbitrary: tie("array") },
      { weight: 4, arbitrary: tie("object") },
    ),
    leaf: fc.oneof(
      stringToken(fc.string({ unit: "grapheme" })),
      stringToken(fc.string({ unit: "binary" })),
      numberToken,
      fc.constantFrom("true", "false", "null"),
    ),
    array: fc.oneof(
      space.map((inside) => `[${inside}]`),
      fc.array(tie("document"), { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    ),
    object: fc.oneof(
      { weight: 1, arbitrary: space.map((inside) => `{${inside}}`) },
      {
        weight: 5,
        arbitrary: fc
          .array(fc.tuple(space, nameToken, space, tie("document")), { minLength: 1, maxLength: 4, size: "max" })
          .map((members) => `{${members.map(([a, name, b, value]) => `${a}${name}${b}:${value}`).join(",")}}`),
      },
    ),
  }),
);

/** The answer by other means: JSON.parse, and for what it lets through the shape of the text without its strings. */
function isAcceptable(bytes: Uint8Array): boolean {
  if (!isUtf8(bytes)) return false;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, "");
  let depth = 0;
  let deepest = 0;
  for (const character of bare) {
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest <= MAX_JSON_DEPTH && bare.split(":").length - 1 === countMembers(value);
}

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + countMembers(child), own);
}

const parseSpan = (bytes: Uint8Array, { start, end }: MemberSpan): unknown =>
  JSON.parse(Buffer.from(bytes.subarray(start, end)).toString("utf8"));

test("a document is accepted exactly when JSON.parse accepts it and no name stands twice in an object", () => {
  fc.assert(
    fc.property(document, (text) => {
      const bytes = Buffer.from(text);
      expect(scanJson(bytes, []) === null).toBe(isAcceptable(bytes));
    }),
    { numRuns: RUNS },
  );
});

test("bytes changed, removed or put in anywhere are judged as JSON.parse judges them", () => {
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\ue0123.-+ \t\n\x00tfn')), fc.nat({ max: 255 }));
  const change = fc.record({ at: fc.nat(), remove: fc.nat({ max: 2 }), put: fc.array(byte, { maxLength: 2 }) });
  fc.assert(
    fc.property(document, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
      let bytes = [...Buffer.from(text)];
      for (const { at, remove, put } of changes) bytes = bytes.toSpliced(at % (bytes.length + 1), remove, ...put);
      const changed = Uint8Array.from(bytes);
      const fault = scanJson(changed, []);
      expect(fault === null).toBe(isAcceptable(changed));
      if (fault !== null) expect(fault.at).toBeLessThanOrEqual(changed.length);
    }),
    { numRuns: RUNS },
  );
});

test("anything made of the characters of numbers, or written as an escape, is judged as JSON.parse judges it", () => {
  const characters = (text: string) => fc.string({ unit: fc.constantFrom(...text), maxLength: 7 });
  const texts = fc.oneof(
    characters("0019-+.eE"),
    characters("uuu00dDaAfFgG/").map((text) => `"\\${text}"`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text);
      expect(scanJson(bytes, []) === null).toBe(isAcceptable(bytes));
    }),
    { numRuns: 2 * RUNS },
  );
});

test("the span of each member holds the bytes of its value and nothing else", () => {
  fc.assert(
    fc.property(document, (text) => {
      const bytes = Buffer.from(text);
      const members: MemberSpan[] = [];
      fc.pre(scanJson(bytes, members) === null);
      const value = JSON.parse(text) as unknown;
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      expect(members.map((member) => member.name).toSorted()).toEqual(isObject ? Object.keys(value).toSorted() : []);
      for (const member of members) {
        const span = Buffer.from(bytes.subarray(member.start, member.end)).toString("utf8");
        expect(span).toBe(span.trim());
        expect(parseSpan(bytes, member)).toEqual((value as Record<string, unknown>)[member.name]);
      }
    }),
    { numRuns: RUNS },
  );
});

test("the members of the elements of an array are those that JSON.parse finds", () => {
  fc.assert(
    fc.property(fc.array(document, { maxLength: 5 }), (texts) => {
      const text = `{"events" : [${texts.join(",")} ]}`;
      const bytes = Buffer.from(text);
      const members: MemberSpan[] = [];
      fc.pre(scanJson(bytes, members) === null);
      const [span] = members;
      if (span === undefined) throw new Error("events is the only member");
      const expected = (JSON.parse(text) as { events: unknown[] }).events.map((element) =>
        typeof element === "object" && element !== null && !Array.isArray(element) ? element : null,
      );
      const found = listElementMembers(bytes, span.start, 100).map((element) =>
        element === null ? null : Object.fromEntries(element.map((member) => [member.name, parseSpan(bytes, member)])),
      );
      expect(found).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
