/**
 * A token that callers of a dialect show, as it is kept: found by the hash of its text, and sealed besides, bound to its
 * row, because its contract shows it to whoever holds the workspace's own token.
 */
import { randomBytes, randomUUID } from "node:crypto";

import type { DialectTokenValues } from "../../db/queries/put-dialect-tokens.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { hashToken } from "../access/token-form.ts";

const TOKEN_BYTES = 32;
const KEY_BYTES = 15;

export function generateToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** What names a tenant is no secret, but nobody else's either. */
export function generateKey(prefix: string): string {
  return `${prefix}_${randomBytes(KEY_BYTES).toString("hex")}`;
}

export function toTokenValues(keyRing: KeyRing, { token, name }: { token: string; name: string }): DialectTokenValues {
  const id = randomUUID();
  const { keyId, bytes } = keyRing.seal(Buffer.from(token), dialectTokenIdentity(id));
  return { id, name, hash: hashToken(token), sealed: bytes, encryptionKeyId: keyId };
}

/** What binds a sealed token to its row. */
export function dialectTokenIdentity(id: string): string {
  return `dialect-token:${id}`;
}
