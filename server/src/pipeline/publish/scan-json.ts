/**
 * A strict scan of the received bytes of one JSON document. It accepts exactly what JSON.parse accepts, minus: a member
 * name twice in one object (names compared after unescaping), a byte order mark, invalid UTF-8, and more than 100
 * levels inside what the caller wraps a payload in. It builds no values, so that the bytes of a payload can be kept and sent as they came; written against
 * servers that parse and print again and so change numbers above 2^53, key order and escapes.
 */
import { isUtf8 } from "node:buffer";

import { decodeString } from "./decode-string.ts";
import { closeNames, isFull, noteInSet, noteName, openNames, takeNames } from "./distinct-names.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  END,
  MINUS,
  NINE,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  scanLiteral,
  scanNumber,
  scanString,
  skipPlain,
  skipSpace,
  ZERO,
} from "./scan-token.ts";

export type JsonFaultCode =
  | "malformed_json"
  | "byte_order_mark"
  | "invalid_utf8"
  | "duplicate_member"
  | "nested_too_deeply";

/** Why a document was refused. `at` is a byte offset; `at` equal to the length means that it ends too early. */
export interface JsonFault {
  readonly code: JsonFaultCode;
  readonly at: number;
}

/** A member of an object: its unescaped name, and the bytes [start, end) of its value. */
export interface MemberSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Objects and arrays inside each other, the outermost counted as 1. */
export const MAX_JSON_DEPTH = 100;

/** What a fault is called whose offset is on its way up; the functions below give offsets as scan-token.ts does. */
let faultCode: JsonFaultCode = "malformed_json";
/** What the functions below hold levels to. */
let depthMax = MAX_JSON_DEPTH;

/**
 * Scans a whole document; null when it is sound. The members of the outermost object, if it is one, are added to
 * `members` in their order (of no use when a fault is returned). `around` counts the levels that stand around a payload
 * and that it is not charged for.
 */
export function scanJson(bytes: Uint8Array, members: MemberSpan[], around = 0): JsonFault | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { code: "byte_order_mark", at: 0 };
  if (!isUtf8(bytes)) return { code: "invalid_utf8", at: 0 };
  faultCode = "malformed_json";
  depthMax = MAX_JSON_DEPTH + around;
  closeNames(0);
  const start = skipSpace(bytes, 0);
  const valueEnd = bytes[start] === OPEN_OBJECT ? scanObject(bytes, start, 1, members) : scanValue(bytes, start, 0);
  if (valueEnd < 0) return { code: faultCode, at: ~valueEnd };
  const end = skipSpace(bytes, valueEnd);
  return end === bytes.length ? null : { code: "malformed_json", at: end };
}

/**
 * The elements of the array that starts at `at` of a document that scanJson found sound: of each object its members,
 * null for anything else. Stops after `limit` elements, so that a hostile array costs no more than an honest one.
 */
export function listElementMembers(bytes: Uint8Array, at: number, limit: number): (MemberSpan[] | null)[] {
  const elements: (MemberSpan[] | null)[] = [];
  depthMax = Number.POSITIVE_INFINITY;
  let i = skipSpace(bytes, at + 1);
  while (bytes[i] !== CLOSE_ARRAY && elements.length < limit) {
    const members: MemberSpan[] | null = bytes[i] === OPEN_OBJECT ? [] : null;
    elements.push(members);
    i = skipSpace(bytes, members === null ? scanValue(bytes, i, 0) : scanObject(bytes, i, 1, members));
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return elements;
}

function scanValue(bytes: Uint8Array, at: number, depth: number): number {
  const byte = bytes[at] ?? END;
  if (byte === QUOTE) return scanString(bytes, at);
  if (byte === OPEN_OBJECT) return scanObject(bytes, at, depth + 1, null);
  if (byte === OPEN_ARRAY) return scanArray(bytes, at, depth + 1);
  if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return scanNumber(bytes, at);
  if (byte === 0x74) return scanLiteral(bytes, at, "true");
  if (byte === 0x66) return scanLiteral(bytes, at, "false");
  if (byte === 0x6e) return scanLiteral(bytes, at, "null");
  return ~at;
}

function scanObject(bytes: Uint8Array, at: number, depth: number, members: MemberSpan[] | null): number {
  if (depth > depthMax) return fail("nested_too_deeply", at);
  const firstName = openNames();
  let names: Set<string> | null = null;
  let i = skipSpace(bytes, at + 1);
  if (bytes[i] === CLOSE_OBJECT) return i + 1;
  for (;;) {
    const nameAt = i;
    if (bytes[nameAt] !== QUOTE) return ~nameAt;
    const plainEnd = skipPlain(bytes, nameAt + 1);
    const isPlain = bytes[plainEnd] === QUOTE;
    const nameEnd = isPlain ? plainEnd + 1 : scanString(bytes, nameAt);
    if (nameEnd < 0) return nameEnd;
    if (names === null && (!isPlain || isFull(firstName))) names = takeNames(bytes, firstName);
    const isNew =
      names === null ? noteName(bytes, nameAt, nameEnd, firstName) : noteInSet(names, bytes, nameAt, nameEnd);
    if (!isNew) return fail("duplicate_member", nameAt);

    i = skipSpace(bytes, nameEnd);
    if (bytes[i] !== COLON) return ~i;
    const start = skipSpace(bytes, i + 1);
    const end = scanValue(bytes, start, depth);
    if (end < 0) return end;
    if (members !== null) members.push({ name: decodeString(bytes, nameAt, nameEnd), start, end });

    i = skipSpace(bytes, end);
    const byte = bytes[i] ?? END;
    if (byte === CLOSE_OBJECT) break;
    if (byte !== COMMA) return ~i;
    i = skipSpace(bytes, i + 1);
  }
  closeNames(firstName);
  return i + 1;
}

function scanArray(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > depthMax) return fail("nested_too_deeply", at);
  let i = skipSpace(bytes, at + 1);
  if (bytes[i] === CLOSE_ARRAY) return i + 1;
  for (;;) {
    const end = scanValue(bytes, i, depth);
    if (end < 0) return end;
    i = skipSpace(bytes, end);
    const byte = bytes[i] ?? END;
    if (byte === CLOSE_ARRAY) return i + 1;
    if (byte !== COMMA) return ~i;
    i = skipSpace(bytes, i + 1);
  }
}

function fail(code: JsonFaultCode, at: number): number {
  faultCode = code;
  return ~at;
}
