/**
 * What is special about one probe: a `webhook.test` that goes through the real pipeline, but is signed as a rehearsal or
 * a check of the receiver needs it, and not with whatever is live. It is made for one request and never stored: a probe
 * that its node cannot send is given up.
 */
import type { EndpointProfile, EndpointSignature } from "../endpoints/endpoint.ts";
import type { OpenSecret } from "../secrets/open-secrets.ts";

export interface ProbePlan {
  /** Who signs, in the order of the header. None: the signature header is left out. */
  readonly signers: readonly ProbeSigner[];
  /** How long before now the request says it was signed. */
  readonly ageSeconds: number;
  /** One byte of the body is changed after it was signed. */
  readonly isAltered: boolean;
  /** The event under whose id it is sent; null: its own. */
  readonly asEventId: number | null;
}

export interface ProbeSigner extends OpenSecret {
  readonly scheme: "hmac-sha256" | "ed25519";
  /** Signs until just before this time; null: no end. */
  readonly endsAt: Date | null;
}

export interface ProbedEndpoint {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly profile: EndpointProfile;
  readonly signature: EndpointSignature;
}

/** The number of a signer whose secret is no version of the endpoint's. */
export const FOREIGN_SIGNER = 0;

/** An ordinary request with these signatures. */
export function signedBy(...signers: readonly ProbeSigner[]): ProbePlan {
  return { signers, ageSeconds: 0, isAltered: false, asEventId: null };
}
