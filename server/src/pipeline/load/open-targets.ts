/**
 * Opens what the database keeps sealed of loaded endpoints: URL credentials, custom headers and live secrets. An
 * endpoint whose key is not at hand is said to be so, and its deliveries wait; nothing about it is lost. One that cannot
 * be read keeps no other from being opened.
 */
import { createSecretKey, type KeyObject } from "node:crypto";

import { parseSecret } from "@posthorn/signing/schemes";

import { type KeyRing, KeyUnavailableError } from "../../core/encryption/key-ring.ts";
import { openEndpointParts } from "../../core/endpoints/endpoint-parts.ts";
import { readEd25519Secret } from "../../core/secrets/ed25519-secret.ts";
import { type OpenSecret, openSecrets } from "../../core/secrets/open-secrets.ts";
import type { LoadedEndpointRow, LoadedSecretRow } from "../../db/queries/load-endpoints.ts";
import { toBasicAuthorization } from "../../egress/to-basic-authorization.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { SealSettings } from "../../profiles/seal-payload.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import type { OpenedTarget } from "./load-target.ts";
import type { SigningSecret } from "./target.ts";

export function openTargets(
  keyRing: KeyRing,
  loaded: { readonly endpoints: readonly LoadedEndpointRow[]; readonly secrets: readonly LoadedSecretRow[] },
): ReadonlyMap<string, OpenedTarget> {
  const secrets = Map.groupBy(loaded.secrets, (row) => row.endpoint_id);
  return new Map(loaded.endpoints.map((row) => [row.id, openTarget(keyRing, row, secrets.get(row.id) ?? [])]));
}

function openTarget(keyRing: KeyRing, row: LoadedEndpointRow, secretRows: readonly LoadedSecretRow[]): OpenedTarget {
  try {
    const profile = findProfile(row.profile);
    if (profile === null) throw new Error(`The endpoint ${row.id} has the profile ${row.profile}, which is unknown.`);
    const parts = openEndpointParts({ keyRing, row });
    return {
      kind: "ready",
      target: {
        endpointId: row.id,
        tenantId: row.tenant_id,
        version: row.version,
        status: row.deleted ? "deleted" : row.status,
        url: row.url,
        authorization: parts.credentials === null ? null : toBasicAuthorization(parts.credentials),
        profile,
        envelope: row.envelope,
        seal: toSealSettings(row),
        headers: parts.headers,
        secrets: openSigningSecrets(keyRing, profile, secretRows),
        timeoutMs: row.timeout_ms,
        retryWaits: row.retry_waits,
        verifyTls: row.verify_tls,
      },
    };
  } catch (error) {
    if (error instanceof KeyUnavailableError) return { kind: "key_unavailable", keyId: error.keyId };
    return { kind: "unreadable", error };
  }
}

function toSealSettings(row: LoadedEndpointRow): SealSettings | null {
  const { encode_data: encodeData, encrypt_data: encryptData, public_key: publicKey } = row;
  return encodeData === null || encryptData === null || publicKey === null
    ? null
    : { encodeData, encryptData, publicKey };
}

function openSigningSecrets(keyRing: KeyRing, profile: Profile, rows: readonly LoadedSecretRow[]): SigningSecret[] {
  const rowOf = new Map(rows.map((row) => [row.number, row]));
  return openSecrets({ keyRing, rows }).map((opened) => {
    const row = rowOf.get(opened.number);
    if (row === undefined) throw new Error(`Version ${opened.number} of a secret was opened and not asked for.`);
    return toSigningSecret(profile, { ...opened, scheme: row.scheme, endsAt: row.expires_at });
  });
}

/** Throws a plain Error where the text is not in the profile's format. */
export function toSigningSecret(
  profile: Profile,
  { number, scheme, text, endsAt }: OpenSecret & Pick<SigningSecret, "scheme"> & { readonly endsAt: Date | null },
): SigningSecret {
  const key = scheme === "ed25519" ? readEd25519Secret(text)?.key : readHmacKey(profile, text);
  if (key === undefined) throw new Error(`Version ${number} of a secret is stored malformed.`);
  return { number, scheme, key, endsAtMs: endsAt?.getTime() ?? null };
}

function readHmacKey(profile: Profile, text: string): KeyObject | undefined {
  const parsed = parseSecret({ format: profile.secretFormat, text });
  return parsed.ok ? createSecretKey(parsed.key) : undefined;
}
