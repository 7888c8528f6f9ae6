/**
 * The two parts of an endpoint that are kept encrypted: the user information of its URL and the values of its custom
 * headers. Both are sealed with one key, named on the row, and bound to the endpoint's id, so that neither opens in
 * another row. They are opened only to be sent, and to be carried over by an update.
 */
import type { KeyRing } from "../encryption/key-ring.ts";

export interface EndpointParts {
  /** `user:password`, or null. */
  readonly credentials: string | null;
  /** Names as they were given, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface SealedEndpointParts {
  readonly credentials: Uint8Array | null;
  readonly headers: Uint8Array | null;
  readonly headerNames: readonly string[];
  readonly encryptionKeyId: string | null;
}

export function sealEndpointParts(options: {
  readonly keyRing: KeyRing;
  readonly endpointId: string;
  readonly parts: EndpointParts;
}): SealedEndpointParts {
  const { keyRing, endpointId, parts } = options;
  const seal = (text: string, identity: string): Uint8Array => keyRing.seal(Buffer.from(text), identity).bytes;
  const credentials = parts.credentials === null ? null : seal(parts.credentials, credentialsIdentity(endpointId));
  const headers = parts.headers.length === 0 ? null : seal(JSON.stringify(parts.headers), headersIdentity(endpointId));
  return {
    credentials,
    headers,
    headerNames: parts.headers.map(([name]) => name),
    encryptionKeyId: credentials === null && headers === null ? null : keyRing.currentKeyId,
  };
}

/** Throws KeyUnavailableError when the row's key is not at hand. */
export function openEndpointParts(options: {
  readonly keyRing: KeyRing;
  readonly row: {
    readonly id: string;
    readonly credentials: Uint8Array | null;
    readonly headers: Uint8Array | null;
    readonly encryption_key_id: string | null;
  };
}): EndpointParts {
  const { keyRing, row } = options;
  const open = (bytes: Uint8Array | null, identity: string): string | null =>
    bytes === null || row.encryption_key_id === null
      ? null
      : keyRing.open({ keyId: row.encryption_key_id, bytes }, identity).toString();
  const headers = open(row.headers, headersIdentity(row.id));
  return {
    credentials: open(row.credentials, credentialsIdentity(row.id)),
    headers: headers === null ? [] : (JSON.parse(headers) as [string, string][]),
  };
}

function credentialsIdentity(endpointId: string): string {
  return `endpoint-credentials:${endpointId}`;
}

function headersIdentity(endpointId: string): string {
  return `endpoint-headers:${endpointId}`;
}
