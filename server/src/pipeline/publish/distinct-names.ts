/**
 * Tells whether a member name stands twice in one object, for all the objects that are open during a scan. Names of
 * small objects are compared where they stand, by fingerprint first, without an allocation; objects with many names
 * or with escapes in them move to a Set of the unescaped names. Written against a check that is quadratic on an
 * object of 40,000 names, and against one that makes a string of every name of every payload.
 * The stack is shared by all scans: a scan is synchronous and never starts inside another.
 */
import { decodeString } from "./decode-string.ts";
import { END } from "./scan-token.ts";

/** Also bounds what names made to have equal fingerprints can cost: comparing each byte of the document 24 times. */
const COMPARED_NAMES = 24;

// One stretch for each open object, the innermost on top.
const fingerprints: number[] = [];
const starts: number[] = [];
const ends: number[] = [];
let top = 0;

/** Where the names of an object that opens now will stand; also what closeNames takes. */
export function openNames(): number {
  return top;
}

/** Forgets the names of the innermost object, and of all that were left open inside it. */
export function closeNames(first: number): void {
  top = first;
}

/** True when an object whose stretch starts at `first` can take no further name to compare. */
export function isFull(first: number): boolean {
  return top - first >= COMPARED_NAMES;
}

/** Notes the name without escapes between the quotes at `start` and `end - 1`; false when the object has it already. */
export function noteName(bytes: Uint8Array, start: number, end: number, first: number): boolean {
  const length = end - start;
  // The first, last and middle byte and the length tell most names apart.
  const fingerprint =
    ((bytes[start + 1] ?? END) << 24) |
    ((bytes[end - 2] ?? END) << 16) |
    ((bytes[start + (length >> 1)] ?? END) << 8) |
    (length & 0xff);
  for (let k = first; k < top; k += 1) {
    if (fingerprints[k] === fingerprint && isEqual(bytes, k, start, length)) return false;
  }
  fingerprints[top] = fingerprint;
  starts[top] = start;
  ends[top] = end;
  top += 1;
  return true;
}

/** Moves the names of the innermost object to a Set, to be used with noteInSet from here on. */
export function takeNames(bytes: Uint8Array, first: number): Set<string> {
  const names = new Set<string>();
  for (let k = first; k < top; k += 1) names.add(toKey(bytes, starts[k] ?? 0, ends[k] ?? 0));
  top = first;
  return names;
}

/** As noteName, for any name. */
export function noteInSet(names: Set<string>, bytes: Uint8Array, start: number, end: number): boolean {
  const before = names.size;
  return names.add(toKey(bytes, start, end)).size > before;
}

function isEqual(bytes: Uint8Array, known: number, start: number, length: number): boolean {
  const knownStart = starts[known] ?? 0;
  if ((ends[known] ?? 0) - knownStart !== length) return false;
  for (let k = 1; k < length; k += 1) {
    if (bytes[knownStart + k] !== bytes[start + k]) return false;
  }
  return true;
}

/** A leading quote keeps V8 from hashing "123" as the number it is, which would let a sender choose collisions. */
function toKey(bytes: Uint8Array, start: number, end: number): string {
  return `"${decodeString(bytes, start, end)}`;
}
