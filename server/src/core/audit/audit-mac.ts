/**
 * The chain of a tenant's audit log: the mac of a row is HMAC-SHA256 over the row and over the mac of the row before,
 * so a row that is changed, removed, put in or moved breaks the chain there. The key is derived from the key of the ring
 * that the row names: who has the database alone cannot make another chain.
 * Fields are framed by their length, so that no two rows have the same bytes ("ab","c" and "a","bc").
 */
import { createHmac } from "node:crypto";

import type { KeyRing } from "../encryption/key-ring.ts";
import type { AuditRow } from "./audit-row.ts";

/** What stands for the row before the first one. */
export const GENESIS_MAC: Uint8Array = new Uint8Array(32);

const PURPOSE = "audit-log:1";
/** Of a field that is null: no field is that long. */
const NULL_LENGTH = 0xffff_ffff;

/** Throws KeyUnavailableError when the key that the row names is not in the ring. */
export function auditMac(keyRing: KeyRing, row: Omit<AuditRow, "mac">, previousMac: Uint8Array): Buffer {
  return createHmac("sha256", keyRing.derive(row.keyId, PURPOSE)).update(canonicalBytes(row, previousMac)).digest();
}

/** Each field as a length of four bytes, the most significant first, and its UTF-8; the order is part of the format. */
export function canonicalBytes(row: Omit<AuditRow, "mac">, previousMac: Uint8Array): Buffer {
  return Buffer.concat([
    frame(previousMac),
    frame(row.tenantId),
    frame(String(row.number)),
    frame(String(row.atUs)),
    frame(row.actor),
    frame(row.address),
    frame(row.requestId),
    frame(row.action),
    frame(row.subject),
    frame(row.reason),
    frame(row.before),
    frame(row.after),
    frame(row.keyId),
  ]);
}

function frame(field: string | Uint8Array | null): Buffer {
  const length = Buffer.alloc(4);
  if (field === null) {
    length.writeUInt32BE(NULL_LENGTH);
    return length;
  }
  const bytes = Buffer.from(field);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
