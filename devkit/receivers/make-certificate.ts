/**
 * Makes X.509 certificates for tests at the time of the test: an authority, and certificates it signs for
 * any name and span, so that expired, wrong-name and unknown-authority receivers are real ones and no file
 * in the repository ever expires. Elliptic keys (P-256), signed with SHA-256 (RFC 5280, RFC 5758).
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

import {
  bitString,
  boolean,
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

export interface CertificateAuthority {
  /** PEM, for a client's list of trusted authorities. */
  readonly certificate: string;
  issue(request: CertificateRequest): IssuedCertificate;
}

export interface CertificateRequest {
  /** DNS names and literal addresses. */
  readonly names: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** PEM, as `node:tls` takes them. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const COMMON_NAME = "2.5.4.3";
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const DAY_MS = 86_400_000;

export function createCertificateAuthority(name = "Posthorn test authority"): CertificateAuthority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isAuthority = extension(BASIC_CONSTRAINTS, sequence(boolean(true)));
  return {
    certificate: makeCertificate({
      subject: name,
      issuer: name,
      key: keys.publicKey,
      signer: keys.privateKey,
      ...span(),
      extensions: [isAuthority],
    }),
    issue(request) {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const cert = makeCertificate({
        subject: request.names[0] ?? "nobody",
        issuer: name,
        key: own.publicKey,
        signer: keys.privateKey,
        ...span(),
        ...(request.notBefore !== undefined && { notBefore: request.notBefore }),
        ...(request.notAfter !== undefined && { notAfter: request.notAfter }),
        extensions: [extension(SUBJECT_ALT_NAME, sequence(...request.names.map(alternativeName)))],
      });
      return { cert, key: own.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
}

/** One that nobody vouches for but itself. */
export function selfSignCertificate({ names }: Pick<CertificateRequest, "names">): IssuedCertificate {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = names[0] ?? "nobody";
  const cert = makeCertificate({
    subject,
    issuer: subject,
    key: keys.publicKey,
    signer: keys.privateKey,
    ...span(),
    extensions: [extension(SUBJECT_ALT_NAME, sequence(...names.map(alternativeName)))],
  });
  return { cert, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function makeCertificate(parts: {
  subject: string;
  issuer: string;
  key: KeyObject;
  signer: KeyObject;
  notBefore: Date;
  notAfter: Date;
  extensions: readonly Buffer[];
}): string {
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    commonName(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    commonName(parts.subject),
    parts.key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...parts.extensions)),
  );
  const certificate = sequence(body, ECDSA_WITH_SHA256, bitString(sign("sha256", body, parts.signer)));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(objectIdentifier(COMMON_NAME), utf8String(name))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), octetString(value));
}

function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return der(0x87, Buffer.from(name.split(".").map(Number)));
  if (isIPv6(name)) throw new Error(`certificates for IPv6 literals are not made here: ${name}`);
  return der(0x82, Buffer.from(name, "ascii"));
}

function span(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 30 * DAY_MS) };
}
