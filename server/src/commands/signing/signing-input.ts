/**
 * What `posthorn sign` and `posthorn verify` work on: a body's exact bytes and the secrets. A secret never stands on the
 * command line, which every user of the machine can read and every shell remembers.
 */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";

import { selfCommunity, SigningError, theSignup, type TimestampedScheme } from "@posthorn/signing";

import { ConfigError, readSigningSecret } from "../../config.ts";

const STDIN = "-";

export const SIGNING_OPTIONS = {
  "secret-file": { type: "string" },
  scheme: { type: "string", default: "standard" },
} as const;

/** Null is Standard Webhooks. Throws ConfigError. */
export function schemeOf(name: string): TimestampedScheme | null {
  switch (name) {
    case "standard":
      return null;
    case "selfcommunity":
      return selfCommunity;
    case "thesignup":
      return theSignup;
    default:
      throw new ConfigError("--scheme is standard, selfcommunity or thesignup.");
  }
}

/** Secrets are one a line, newest first. Throws ConfigError. */
export async function readSigningInput(given: {
  readonly positionals: readonly string[];
  readonly secretFile: string | undefined;
}): Promise<{ readonly body: Uint8Array<ArrayBuffer>; readonly secret: readonly string[] }> {
  const [bodyFile = STDIN, ...rest] = given.positionals;
  if (rest.length > 0) throw new ConfigError(`Unexpected argument ${String(rest[0])}. See posthorn --help.`);
  if (bodyFile === STDIN && given.secretFile === STDIN) {
    throw new ConfigError("Standard input can hold the body or the secret, not both: give one of them as a file.");
  }
  const secret = (await readSecret(given.secretFile)).split(/\r?\n/).filter((line) => line !== "");
  if (secret.length === 0) throw new ConfigError("There is no secret in what was given.");
  return { body: new Uint8Array(await readBytes(bodyFile)), secret };
}

async function readSecret(file: string | undefined): Promise<string> {
  if (file !== undefined) return (await readBytes(file)).toString("utf8");
  const secret = readSigningSecret();
  if (secret === null) {
    throw new ConfigError(
      "Give the secret by --secret-file FILE (- is standard input), or in POSTHORN_SIGNING_SECRET.",
    );
  }
  return secret;
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return file === STDIN ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}.`);
  }
}

/** Whether the mistake is in what the command was given to verify with, and not in the request. */
export function isOwnMistake(error: unknown): error is SigningError {
  const codes: readonly string[] = ["malformed_secret", "secret_too_short", "ed25519_unsupported"];
  return error instanceof SigningError && codes.includes(error.code);
}
