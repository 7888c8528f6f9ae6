/**
 * Reads a header of the `t=…` family: comma-separated `name=value`, exactly one `t`. Names that the receiver does not
 * look for are kept by name and skipped, so that a sender can add one. Two `t` make it malformed: which of them was
 * signed would be the sender's word against an attacker's.
 */

import type { TimestampedScheme } from "./timestamped-scheme.ts";

export interface TimestampedSignatures {
  /** The text of `t`, as it was signed; decimal digits are not yet checked. */
  readonly timestamp: string;
  /** The signatures under a name of the scheme, in the order of the header. */
  readonly signatures: readonly string[];
  /** The other names that were there. */
  readonly otherNames: readonly string[];
}

const ENTRY = /^([a-z][a-z0-9]*)=([^=]+)$/;

/** Null when the header is malformed. */
export function parseTimestampedHeader(options: {
  readonly scheme: Pick<TimestampedScheme, "signatureNames">;
  readonly header: string;
}): TimestampedSignatures | null {
  let timestamp: string | null = null;
  const signatures: string[] = [];
  const otherNames: string[] = [];
  for (const entry of options.header.split(",")) {
    const [, name, value] = ENTRY.exec(entry.trim()) ?? [];
    if (name === undefined || value === undefined) return null;
    if (name === "t") {
      if (timestamp !== null) return null;
      timestamp = value;
    } else if (options.scheme.signatureNames.includes(name)) signatures.push(value);
    else otherNames.push(name);
  }
  return timestamp === null ? null : { timestamp, signatures, otherNames };
}
