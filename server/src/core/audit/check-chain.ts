/**
 * Decides whether rows of an audit log follow each other as they were written. Pure: it is given the rows in their
 * order and where to go on from, and names the first row that is not what it should be.
 */
import { timingSafeEqual } from "node:crypto";

import { type KeyRing, KeyUnavailableError } from "../encryption/key-ring.ts";
import { auditMac } from "./audit-mac.ts";
import type { AuditHead, AuditRow } from "./audit-row.ts";

export type ChainFault =
  /** The row does not have the mac that it and the row before give: one of them was changed, put in or moved. */
  | { readonly kind: "changed"; readonly number: number }
  /** The row is not there; one after it is. */
  | { readonly kind: "missing"; readonly number: number }
  /** The log ends before this row, which its head or a head kept elsewhere names. */
  | { readonly kind: "cut"; readonly number: number }
  /** The row stands, with another mac than its head or a head kept elsewhere says. */
  | { readonly kind: "other_head"; readonly number: number }
  /** Rows stand behind the head: it was set back. */
  | { readonly kind: "behind_head"; readonly number: number }
  /** The row cannot be checked: the key that it names is not in the ring. */
  | { readonly kind: "key_unavailable"; readonly number: number; readonly keyId: string };

/** The first fault of `rows`, which follow `from` in the log; null when there is none. */
export function checkChain(keyRing: KeyRing, from: AuditHead, rows: readonly AuditRow[]): ChainFault | null {
  let previous = from;
  for (const row of rows) {
    const fault = checkRow(keyRing, previous, row);
    if (fault !== null) return fault;
    previous = row;
  }
  return null;
}

/** Whether the log goes as far as `head` says and ends there with its mac; `last` is the row that stands last. */
export function checkEnd(head: AuditHead, last: AuditHead): ChainFault | null {
  if (last.number < head.number) return { kind: "cut", number: last.number + 1 };
  return isSame(last.mac, head.mac) ? null : { kind: "other_head", number: head.number };
}

function checkRow(keyRing: KeyRing, previous: AuditHead, row: AuditRow): ChainFault | null {
  const number = previous.number + 1;
  if (row.number !== number) return { kind: "missing", number };
  try {
    return isSame(auditMac(keyRing, row, previous.mac), row.mac) ? null : { kind: "changed", number };
  } catch (error) {
    if (!(error instanceof KeyUnavailableError)) throw error;
    return { kind: "key_unavailable", number, keyId: error.keyId };
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
