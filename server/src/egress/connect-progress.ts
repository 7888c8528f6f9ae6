/**
 * What is known of a connection while it is being opened. The connector writes it step by step, so that a
 * timeout can say in which phase it struck and an attempt can show facts of a connection that failed.
 */
export interface ConnectProgress {
  phase: "dns" | "connect" | "tls" | "ready";
  /** Milliseconds each phase took; null for a phase that did not end, or that this target has not. */
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** The address dialled (or the last one tried), without brackets. */
  address: string | null;
  port: number;
  family: 4 | 6 | null;
  tls: TlsFacts | null;
}

export interface TlsFacts {
  readonly protocol: string | null;
  readonly cipher: string | null;
  /** Whether the certificate was valid for the name and its chain trusted, whatever the endpoint asked for. */
  readonly authorized: boolean;
  /** OpenSSL's or Node's code, such as `CERT_HAS_EXPIRED`. */
  readonly authorizationError: string | null;
  readonly alpn: string | null;
  readonly peer: PeerCertificateFacts | null;
}

export interface PeerCertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** ISO 8601. */
  readonly validTo: string;
  /** SHA-256 of the certificate, colon-separated hex. */
  readonly fingerprint256: string;
}

export function startProgress(port: number): ConnectProgress {
  return { phase: "dns", dnsMs: null, connectMs: null, tlsMs: null, address: null, port, family: null, tls: null };
}
