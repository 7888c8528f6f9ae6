/**
 * Puts TLS on a connected socket and judges the certificate before a byte of a request is written.
 *
 * The library is told not to reject, and this file rejects instead, the moment the handshake is done: that
 * way the facts of a refused certificate (whose, until when) are still there to be recorded. An endpoint
 * that asks for verification gets a socket only when `authorized` is exactly true.
 */
import { isIP } from "node:net";
import type { Socket } from "node:net";
import { checkServerIdentity, connect } from "node:tls";
import type { DetailedPeerCertificate, PeerCertificate, SecureContext, TLSSocket } from "node:tls";

import type { ConnectProgress, PeerCertificateFacts, TlsFacts } from "./connect-progress.ts";

/** A session to resume, with the certificate it was made under: a resumed handshake does not show it again. */
export interface TlsSession {
  readonly ticket: Buffer;
  readonly peer: PeerCertificateFacts | null;
}

export interface TlsSettings {
  readonly context: SecureContext;
  readonly verify: boolean;
  /** A session of an earlier socket of the same origin and the same `verify`, never of another. */
  readonly session: TlsSession | null;
  /** Called with sessions worth keeping, only once the certificate was accepted. */
  readonly onSession: (session: TlsSession) => void;
}

export type SecureResult =
  | { readonly ok: true; readonly socket: TLSSocket }
  | { readonly ok: false; readonly code: TlsFailureCode; readonly detail: string };

export type TlsFailureCode = "tls_expired" | "tls_name" | "tls_chain" | "connection_reset" | "response_invalid";

/** @param host the name or literal address of the URL, which the certificate must be for. Never throws. */
export function secureSocket(
  socket: Socket,
  host: string,
  settings: TlsSettings,
  progress: ConnectProgress,
  signal: AbortSignal,
): Promise<SecureResult> {
  return new Promise((resolve) => {
    let accepted: TlsFacts | null = null;
    let nameError: Error | undefined;
    const name = host.replace(/\.$/, "");
    const secured = connect({
      socket,
      host: name,
      // RFC 6066 section 3: the server name indication never holds a literal address.
      ...(isIP(name) === 0 && { servername: name }),
      ...(settings.session !== null && { session: settings.session.ticket }),
      secureContext: settings.context,
      ALPNProtocols: ["http/1.1"],
      rejectUnauthorized: false,
      checkServerIdentity: (expected, certificate) => (nameError = checkServerIdentity(expected, certificate)),
    });
    const finish = (result: SecureResult): void => {
      signal.removeEventListener("abort", onAbort);
      if (!result.ok) secured.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ ok: false, code: "connection_reset", detail: "The handshake was given up." });
    signal.addEventListener("abort", onAbort);

    // Stays for the socket's life: an error between two owners must not end the process.
    secured.on("error", (error: NodeJS.ErrnoException) => finish(toHandshakeFailure(error)));
    secured.once("close", () => finish(toHandshakeFailure({ code: "ECONNRESET", message: "closed" })));
    secured.on("session", (ticket) => {
      if (accepted !== null) settings.onSession({ ticket, peer: accepted.peer });
    });
    secured.once("secureConnect", () => {
      const facts = readTlsFacts(secured, settings.session);
      progress.tls = facts;
      if (settings.verify && secured.authorized !== true) return finish(toCertificateFailure(facts, nameError));
      accepted = facts;
      // Up to TLS 1.2 the session came with the handshake; with 1.3 it follows as an event.
      const ticket = secured.getSession();
      if (facts.protocol !== "TLSv1.3" && ticket !== undefined) settings.onSession({ ticket, peer: facts.peer });
      finish({ ok: true, socket: secured });
    });
  });
}

function toCertificateFailure(facts: TlsFacts, nameError: Error | undefined): SecureResult {
  const code = facts.authorizationError ?? "unknown";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const detail = `The certificate is outside of its time of validity (${code}; valid to ${facts.peer?.validTo ?? "unknown"}).`;
    return { ok: false, code: "tls_expired", detail };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const why = nameError !== undefined && "reason" in nameError ? String(nameError.reason) : code;
    return { ok: false, code: "tls_name", detail: `The certificate is for another name. ${why}` };
  }
  return { ok: false, code: "tls_chain", detail: `The certificate is not trusted (${code}).` };
}

function toHandshakeFailure(error: { code?: string | undefined; message: string }): SecureResult {
  if (error.code === "ECONNRESET" || error.code === "EPIPE") {
    return { ok: false, code: "connection_reset", detail: "The connection was closed during the TLS handshake." };
  }
  const detail = `The TLS handshake failed (${error.code ?? error.message}); is this port meant for https?`;
  return { ok: false, code: "response_invalid", detail };
}

function readTlsFacts(socket: TLSSocket, session: TlsSession | null): TlsFacts {
  // The types say Error; what Node puts there is the error's code, and null once all is well.
  const problem = socket.authorizationError as unknown as string | null | undefined;
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName ?? null,
    authorized: socket.authorized,
    authorizationError: problem ?? null,
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
    peer: readPeer(socket.getPeerCertificate()) ?? (socket.isSessionReused() ? (session?.peer ?? null) : null),
  };
}

function readPeer(certificate: PeerCertificate | DetailedPeerCertificate): PeerCertificateFacts | null {
  // An empty object stands for none.
  if (certificate.fingerprint256 === undefined) return null;
  const validTo = new Date(certificate.valid_to);
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    validTo: Number.isNaN(validTo.getTime()) ? certificate.valid_to : validTo.toISOString(),
    fingerprint256: certificate.fingerprint256,
  };
}

/** `CN=example.com, O=Example`, cut where a hostile certificate would fill the record. */
function formatName(name: object): string {
  const parts = Object.entries(name).map(([key, value]) => `${key}=${String(value)}`);
  return parts.join(", ").slice(0, 256);
}
