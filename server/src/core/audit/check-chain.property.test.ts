import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { expect, test } from "vitest";

import { parseKeyRing } from "../encryption/key-ring.ts";
import { auditMac, canonicalBytes, GENESIS_MAC } from "./audit-mac.ts";
import type { AuditHead, AuditRow } from "./audit-row.ts";
import { checkChain, checkEnd } from "./check-chain.ts";

const keyRing = parseKeyRing(["new", "old"].map((id) => `${id}:${randomBytes(32).toString("base64")}`).join());
const START: AuditHead = { number: 0, mac: GENESIS_MAC };

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const maybe = fc.option(text);
const content = fc.record({
  atUs: fc.nat(),
  actor: text,
  address: maybe,
  requestId: maybe,
  action: text,
  subject: text,
  reason: maybe,
  before: maybe,
  after: maybe,
  keyId: fc.constantFrom("new", "old"),
});
type Content = typeof content extends fc.Arbitrary<infer Value> ? Value : never;
const log = fc.array(content, { minLength: 1, maxLength: 8 }).map(write);

function write(contents: readonly Content[]): AuditRow[] {
  const rows: AuditRow[] = [];
  for (const each of contents) {
    const previous = rows.at(-1) ?? START;
    const row = { ...each, tenantId: "3f0e0f52-6a1b-4b43-9b7f-0d1d2a8a9c11", number: previous.number + 1 };
    rows.push({ ...row, mac: auditMac(keyRing, row, previous.mac) });
  }
  return rows;
}

function verify(rows: readonly AuditRow[], head: AuditHead) {
  return checkChain(keyRing, START, rows) ?? checkEnd(head, rows.at(-1) ?? START);
}

function headOf(rows: readonly AuditRow[]): AuditHead {
  return rows.at(-1) ?? START;
}

function change(row: AuditRow, field: keyof AuditRow): AuditRow {
  const value = row[field];
  if (typeof value === "number") return { ...row, [field]: value + 1 };
  if (typeof value === "string") return { ...row, [field]: field === "keyId" ? otherKey(value) : `${value} ` };
  if (value === null) return { ...row, [field]: "" };
  return { ...row, mac: value.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) };
}

function otherKey(keyId: string): string {
  return keyId === "new" ? "old" : "new";
}

test("a log as it was written has no fault, read at once or in pieces", () => {
  fc.assert(
    fc.property(log, fc.nat(), (rows, cut) => {
      expect(verify(rows, headOf(rows))).toBeNull();
      const piece = rows.slice(0, cut % rows.length);
      expect(checkChain(keyRing, START, piece)).toBeNull();
      expect(checkChain(keyRing, headOf(piece), rows.slice(piece.length))).toBeNull();
    }),
  );
});

test("any change to any field of any row is found at that row", () => {
  const fields = Object.keys(write([sampleContent()])[0] ?? {}) as (keyof AuditRow)[];
  expect(fields).toHaveLength(13);
  fc.assert(
    fc.property(log, fc.nat(), fc.constantFrom(...fields), (rows, at, field) => {
      const index = at % rows.length;
      const changed = rows.map((row, position) => (position === index ? change(row, field) : row));
      expect(verify(changed, headOf(rows))).toMatchObject({ number: index + 1 });
    }),
  );
});

test("a row removed from the middle is found, also when those behind it are numbered anew", () => {
  fc.assert(
    fc.property(log, fc.nat(), fc.boolean(), (rows, at, renumber) => {
      fc.pre(rows.length > 1);
      const index = at % (rows.length - 1);
      const kept = rows.filter((_row, position) => position !== index);
      const shown = renumber ? kept.map((row, position) => ({ ...row, number: position + 1 })) : kept;
      expect(verify(shown, headOf(rows))).toMatchObject({ number: index + 1 });
    }),
  );
});

test("rows cut from the end are found by the head", () => {
  fc.assert(
    fc.property(log, fc.nat(), (rows, at) => {
      const kept = rows.slice(0, at % rows.length);
      expect(verify(kept, headOf(rows))).toEqual({ kind: "cut", number: kept.length + 1 });
    }),
  );
});

test("two rows that change places are found", () => {
  fc.assert(
    fc.property(log, fc.nat(), (rows, at) => {
      fc.pre(rows.length > 1);
      const index = at % (rows.length - 1);
      const [one, other] = [rows[index], rows[index + 1]];
      if (one === undefined || other === undefined) throw new Error("the log is too short");
      const swapped = rows
        .with(index, { ...other, number: one.number })
        .with(index + 1, { ...one, number: other.number });
      expect(verify(swapped, headOf(rows))).toEqual({ kind: "changed", number: index + 1 });
    }),
  );
});

test("a log made anew without the key is found at its first row", () => {
  const forger = parseKeyRing(`new:${randomBytes(32).toString("base64")}`);
  const row = { ...sampleContent(), keyId: "new", tenantId: "t", number: 1 };
  const forged = { ...row, mac: auditMac(forger, row, GENESIS_MAC) };
  expect(verify([forged], headOf([forged]))).toEqual({ kind: "changed", number: 1 });
});

test("a row whose key is gone says which", () => {
  const row = { ...sampleContent(), keyId: "gone", tenantId: "t", number: 1, mac: GENESIS_MAC };
  expect(verify([row], headOf([row]))).toEqual({ kind: "key_unavailable", number: 1, keyId: "gone" });
});

test("two rows that differ have different bytes", () => {
  fc.assert(
    fc.property(content, content, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      const bytes = [one, other].map((each) => canonicalBytes({ ...each, tenantId: "t", number: 1 }, GENESIS_MAC));
      expect(bytes[0]).not.toEqual(bytes[1]);
    }),
  );
  const split = { ...sampleContent(), tenantId: "t", number: 1, actor: "ab", address: "c" };
  expect(canonicalBytes(split, GENESIS_MAC)).not.toEqual(
    canonicalBytes({ ...split, actor: "a", address: "bc" }, GENESIS_MAC),
  );
});

test("the bytes of a row are the ones that were agreed on", () => {
  const row = { ...sampleContent(), tenantId: "t", number: 1 };
  expect(canonicalBytes(row, new Uint8Array([1, 2])).toString("hex")).toBe(
    [
      "00000002 0102",
      "00000001 74",
      "00000001 31",
      "00000004 31303030",
      "00000004 726f6f74",
      "ffffffff",
      "ffffffff",
      "00000001 61",
      "00000001 73",
      "00000000",
      "ffffffff",
      "00000002 7b7d",
      "00000003 6e6577",
    ]
      .join("")
      .replaceAll(" ", ""),
  );
});

function sampleContent(): Content {
  return {
    atUs: 1000,
    actor: "root",
    address: null,
    requestId: null,
    action: "a",
    subject: "s",
    reason: "",
    before: null,
    after: "{}",
    keyId: "new",
  };
}
