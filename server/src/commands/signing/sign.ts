/** `posthorn sign`: prints the headers that a sender would send with a body. Asks no server. */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";

import { signStandard, signTimestamped } from "@posthorn/signing";

import { ConfigError } from "../../config.ts";
import { isOwnMistake, readSigningInput, schemeOf, SIGNING_OPTIONS } from "./signing-input.ts";

/** Throws ConfigError. */
export async function runSign(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...SIGNING_OPTIONS, id: { type: "string" } },
  });
  const scheme = schemeOf(values.scheme);
  if (scheme !== null && values.id !== undefined) throw new ConfigError("--id belongs to the scheme standard.");
  const { body, secret } = await readSigningInput({ positionals, secretFile: values["secret-file"] });
  const id = values.id ?? `msg_${randomUUID()}`;
  const headers: object =
    scheme === null
      ? await signStandard({ id, body, secret }).catch(refuse)
      : await signTimestamped({ scheme, body, secret }).catch(refuse);
  process.stdout.write(
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
  );
  return 0;
}

function refuse(error: unknown): never {
  // A TypeError says what is wrong with the id.
  if (isOwnMistake(error) || error instanceof TypeError) throw new ConfigError(error.message);
  throw error;
}
