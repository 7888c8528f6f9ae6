/**
 * `posthorn verify`: says whether a request's headers fit its body and the secret, and if not, which mistake it was.
 * Asks no server.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { DEFAULT_TOLERANCE_SECONDS, SigningError, verifyStandard, verifyTimestamped } from "@posthorn/signing";

import { ConfigError } from "../../config.ts";
import { isOwnMistake, readSigningInput, schemeOf, SIGNING_OPTIONS } from "./signing-input.ts";

const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/;
const TOLERANCE = /^(?:\d{1,9}|any)$/;

/** Exit code 1: it does not verify. Throws ConfigError for mistakes of the command line and of the secret. */
export async function runVerify(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...SIGNING_OPTIONS,
      header: { type: "string", short: "H", multiple: true, default: [] },
      "headers-file": { type: "string" },
      tolerance: { type: "string", default: String(DEFAULT_TOLERANCE_SECONDS) },
    },
  });
  if (!TOLERANCE.test(values.tolerance)) throw new ConfigError("--tolerance is a number of seconds, or any.");
  const toleranceSeconds = values.tolerance === "any" ? Infinity : Number(values.tolerance);
  const scheme = schemeOf(values.scheme);
  const headers = parseHeaders([...values.header, ...(await readLines(values["headers-file"]))]);
  const request = { ...(await readSigningInput({ positionals, secretFile: values["secret-file"] })), headers };
  try {
    const { timestamp, secretIndex } =
      scheme === null
        ? await verifyStandard({ ...request, toleranceSeconds })
        : await verifyTimestamped({ ...request, scheme, toleranceSeconds });
    const which = request.secret.length === 1 ? "" : `, by secret ${secretIndex + 1} of ${request.secret.length}`;
    process.stdout.write(`verified: signed at ${timestamp.toISOString()}${which}\n`);
    return 0;
  } catch (error) {
    if (isOwnMistake(error)) throw new ConfigError(error.message);
    if (!(error instanceof SigningError)) throw error;
    process.stdout.write(`${error.code}: ${error.message}\n`);
    return 1;
  }
}

async function readLines(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  try {
    const lines = (await readFile(file, "utf8")).split(/\r?\n/);
    // What was copied from a request may begin with its first line.
    return lines.filter((line, index) => line !== "" && !(index === 0 && line.includes(" HTTP/")));
  } catch {
    throw new ConfigError(`--headers-file: ${file} cannot be read.`);
  }
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new ConfigError("A header is given as name: value.");
    headers[name.toLowerCase()] = value;
  }
  return headers;
}
