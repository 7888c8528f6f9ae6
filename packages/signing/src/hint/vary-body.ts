/**
 * The bodies that the sender may have signed if the one passed was damaged in a usual way: another spelling of the
 * same JSON, a line end more or less. Each comes with the hint it proves when it verifies.
 */

import type { SignatureHint } from "../errors/no-matching-signature-error.ts";
import { rewriteJson } from "./rewrite-json.ts";

export interface BodyVariant {
  readonly hint: SignatureHint;
  readonly body: Uint8Array;
}

export function varyBody(body: Uint8Array): readonly BodyVariant[] {
  const text = decodeUtf8(body);
  if (text === null) return [];
  return [
    ...varyLineEnd(text).map((each) => toVariant("body_trailing_newline", each)),
    ...rewriteJson(text).map((each) => toVariant("body_reserialised", each)),
  ];
}

function varyLineEnd(text: string): readonly string[] {
  const withoutOne = text.replace(/\r?\n$/, "");
  return withoutOne === text ? [`${text}\n`, `${text}\r\n`] : [withoutOne];
}

function toVariant(hint: SignatureHint, text: string): BodyVariant {
  return { hint, body: new TextEncoder().encode(text) };
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
