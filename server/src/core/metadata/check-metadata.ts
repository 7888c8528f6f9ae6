/**
 * The bounds of what callers may attach to a thing for themselves: a JSON object of at most 4 KiB, measured as the
 * compact UTF-8 text that is stored.
 */
import type { InputProblem } from "../errors/core-error.ts";

export type Metadata = Readonly<Record<string, unknown>>;

const METADATA_BYTES_MAX = 4096;

/** The mistakes in `metadata`, with `path` as the pointer to it. */
export function checkMetadata(metadata: Metadata, path: string): InputProblem[] {
  const bytes = Buffer.byteLength(JSON.stringify(metadata));
  if (bytes <= METADATA_BYTES_MAX) return [];
  return [{ path, code: "too_long", message: `Metadata may have ${METADATA_BYTES_MAX} bytes; this has ${bytes}.` }];
}
