/** A secret version as it may be listed: everything about it but its value. */
import type { SecretVersionRow } from "../../db/queries/list-secret-versions.ts";
import { type SecretState, signs } from "./secret-lifecycle.ts";
import { encodeEd25519PublicKey } from "@posthorn/signing/schemes";

export interface SecretVersion {
  readonly number: number;
  readonly state: SecretState;
  readonly scheme: string;
  /** Tells versions apart; made of a hash, never of the value. */
  readonly fingerprint: string;
  /** `whpk_…` of Ed25519, for everybody; null of HMAC. */
  readonly publicKey: string | null;
  /** `root`, or `api_key:<uuid>`. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  /** Of a retiring version the exact end, of an expired one when it ended. */
  readonly expiresAt: Date | null;
  /** Set: the overlap is held open until a rehearsal has passed, and then ends at this time, or at once. */
  readonly plannedEndsAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A version whose overlap has ended is expired from that instant on, whenever its row is marked. */
export function toSecretVersion(row: SecretVersionRow, now: Date): SecretVersion {
  const standing = { number: row.number, state: row.state, expiresAt: row.expires_at };
  return {
    number: row.number,
    state: row.state === "retiring" && !signs(standing, now) ? "expired" : row.state,
    scheme: row.scheme,
    fingerprint: row.fingerprint,
    publicKey: row.public_key === null ? null : encodeEd25519PublicKey(row.public_key),
    createdBy: row.created_by,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    expiresAt: row.expires_at,
    plannedEndsAt: row.planned_end_at,
    lastUsedAt: row.last_used_at,
  };
}
