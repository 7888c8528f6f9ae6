/**
 * The bytes in which PGlite is asked: PostgreSQL's own message format (PostgreSQL documentation, chapter
 * "Frontend/Backend Protocol"), passed as an argument of a function call; nothing listens anywhere.
 * A statement is parsed at its first execution and kept by its name; every execution is one call. What has been parsed
 * is closed first, so that a first execution that failed half-way can simply be repeated.
 */
import type { EncodedParameter } from "./encode-parameters.ts";

const TEXT = 0;
const BINARY = 1;
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

/** Parses a statement under its name, describes its columns and executes it. */
export function firstExecuteMessage(name: string, text: string, parameters: readonly EncodedParameter[]): Buffer {
  return join([
    ...message("C", [cString(`S${name}`)]),
    ...message("P", [cString(name), cString(text), int16(0)]),
    ...message("D", [cString(`S${name}`)]),
    ...bindAndExecute(name, parameters),
  ]);
}

/** Executes a statement that has been parsed. */
export function executeMessage(name: string, parameters: readonly EncodedParameter[]): Buffer {
  return join(bindAndExecute(name, parameters));
}

/** Runs a script of several statements without parameters. */
export function scriptMessage(text: string): Buffer {
  return join(message("Q", [cString(text)]));
}

function bindAndExecute(name: string, parameters: readonly EncodedParameter[]): Buffer[] {
  const formats = parameters.map((parameter) => int16(Buffer.isBuffer(parameter) ? BINARY : TEXT));
  const count = int16(parameters.length);
  const values = parameters.flatMap(sizedBytes);
  const oneFormatForAllColumns = [int16(1), int16(TEXT)];
  return [
    ...message("B", [cString(""), cString(name), count, ...formats, count, ...values, ...oneFormatForAllColumns]),
    ...message("E", [cString(""), int32(0)]),
    SYNC,
  ];
}

function sizedBytes(parameter: EncodedParameter): Buffer[] {
  if (parameter === null) return [int32(-1)];
  const bytes = typeof parameter === "string" ? Buffer.from(parameter) : parameter;
  return [int32(bytes.length), bytes];
}

function message(type: string, parts: readonly Buffer[]): Buffer[] {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return [Buffer.from(type), int32(length), ...parts];
}

/** One buffer with memory of its own, so that it can be handed to another thread without a copy. */
function join(parts: readonly Buffer[]): Buffer {
  const joined = Buffer.allocUnsafeSlow(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) at += part.copy(joined, at);
  return joined;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
