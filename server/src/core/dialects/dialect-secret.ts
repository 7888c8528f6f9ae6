/**
 * The secret that a dialect's callers sign their tokens with: made here, kept sealed and bound to its row, opened only
 * to check a token. It leaves as text in the one answer that makes it.
 */
import { randomBytes } from "node:crypto";

import { compactVerify, errors } from "jose";

import { selectDialectSecret } from "../../db/queries/select-dialect-secret.ts";
import type { CoreContext } from "../context.ts";
import type { KeyRing, SealedValue } from "../encryption/key-ring.ts";
import type { DialectName } from "./dialect.ts";

interface DialectId {
  readonly tenantId: string;
  readonly name: DialectName;
}

const SECRET_BYTES = 32;
/** Far above any token of these contracts: a signature over more is work for nobody. */
const TOKEN_CHARACTERS_MAX = 8192;

export function generateDialectSecret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

export function sealDialectSecret(keyRing: KeyRing, dialect: DialectId, text: string): SealedValue {
  return keyRing.seal(Buffer.from(text), dialectSecretIdentity(dialect));
}

/**
 * The claims of a JWT (RFC 7519) that is signed with the dialect's secret by HS256, or null for any other text. Only
 * the signature is checked: what the claims must be is the dialect's contract. Throws KeyUnavailableError.
 */
export async function readSignedClaims({
  context,
  dialect,
  token,
}: {
  readonly context: Pick<CoreContext, "database" | "keyRing">;
  readonly dialect: DialectId;
  readonly token: string;
}): Promise<Readonly<Record<string, unknown>> | null> {
  if (token.length > TOKEN_CHARACTERS_MAX) return null;
  const row = await selectDialectSecret(context.database, dialect);
  if (row === null) return null;
  const key = context.keyRing.open({ keyId: row.encryption_key_id, bytes: row.secret }, dialectSecretIdentity(dialect));
  try {
    const { payload } = await compactVerify(token, key, { algorithms: ["HS256"] });
    return toClaims(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function toClaims(payload: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload).toString("utf8"));
    const isObject = typeof claims === "object" && claims !== null && !Array.isArray(claims);
    return isObject ? (claims as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** What binds a sealed secret to its row. */
export function dialectSecretIdentity({ tenantId, name }: { tenantId: string; name: string }): string {
  return `dialect-secret:${tenantId}:${name}`;
}
