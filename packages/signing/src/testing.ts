/**
 * Signed requests for a receiver's own tests: what a sender would send, in every scheme of this package, made from the
 * type and data of an event or from a body of one's own. What a test wants wrong (another secret, an old time, a changed
 * body) it says here or does to the result.
 */

import type { RequestBody } from "./request/request-body.ts";
import { toBodyBytes } from "./request/request-body.ts";
import type { Secret } from "./signature/secrets-to-keys.ts";
import { signStandard } from "./standard/sign-standard.ts";
import { signTimestamped } from "./timestamped/sign-timestamped.ts";
import type { TimestampedScheme } from "./timestamped/timestamped-scheme.ts";

/** The platform's `Request`, where its types are known. */
type PlatformRequest = typeof globalThis extends { Request: { prototype: infer Type } } ? Type : unknown;

interface SignedAs {
  /** `whsec_…`, or `whsk_…` for Ed25519; several, newest first, for a request as it is sent in an overlap. */
  readonly secret: Secret | readonly Secret[];
  /** `standard` by default. */
  readonly scheme?: "standard" | TimestampedScheme;
  /** `evt_test` by default; give another for another event, the same for a repeated one. */
  readonly id?: string;
  /** When it is signed: now by default. Ten minutes ago, and a receiver must refuse it. */
  readonly timestamp?: Date;
}

export type TestRequestOptions = SignedAs &
  (
    | {
        readonly type: string;
        readonly data: unknown;
        /** Further members of the envelope, such as thesignup's `organizationId`. */
        readonly members?: Readonly<Record<string, unknown>>;
      }
    /** The whole body, for another envelope, or none. */
    | { readonly body: RequestBody }
  );

export interface TestRequest {
  /** The signature's headers and `content-type`, as they are sent. */
  readonly headers: Record<string, string>;
  /** Exactly the bytes that were signed. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** A `POST` of it, for handlers that take a web-standard Request. */
  toRequest(url: string): PlatformRequest;
}

/** Throws MalformedSecretError, SecretTooShortError, Ed25519UnsupportedError. */
export async function signTestRequest(options: TestRequestOptions): Promise<TestRequest> {
  const { secret, scheme = "standard", id = "evt_test", timestamp = new Date() } = options;
  const body = new Uint8Array(toBodyBytes("body" in options ? options.body : writeEnvelope(options, timestamp)));
  const signature =
    scheme === "standard"
      ? await signStandard({ secret, id, body, timestamp })
      : await signTimestamped({ scheme, secret, body, timestamp });
  const headers = { "content-type": "application/json", ...signature };
  const { Request } = globalThis as unknown as { Request: new (url: string, init: object) => PlatformRequest };
  return { headers, body, toRequest: (url) => new Request(url, { method: "POST", headers, body }) };
}

function writeEnvelope(
  options: SignedAs & { readonly type: string; readonly data: unknown; readonly members?: object },
  timestamp: Date,
): string {
  const { scheme = "standard", id = "evt_test", type, data, members } = options;
  if (scheme === "standard") return JSON.stringify({ type, timestamp: timestamp.toISOString(), data, ...members });
  return JSON.stringify({ id, type, created: Math.floor(timestamp.getTime() / 1000), data, ...members });
}
