/**
 * Where a byte offset stands in a JSON document, as a JSON Pointer (RFC 6901): what a problem shows as its path. Used
 * only once a document is refused, so the scan itself keeps no path. The document is sound before the offset.
 */
import { decodeString } from "./decode-string.ts";
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE, scanString } from "./scan-token.ts";

/** A path is shown to people; a name of 200 kB is not worth repeating. */
const MAX_PATH_LENGTH = 256;

interface Level {
  /** The element's index in an array, the member's name in an object (null before the first). */
  step: number | string | null;
}

/** The pointer of the value or name that holds the byte at `offset`; "" is the document itself. */
export function locateJson(bytes: Uint8Array, offset: number): string {
  const levels: Level[] = [];
  let expectsName = false;
  let i = 0;
  while (i <= offset && i < bytes.length) {
    const byte = bytes[i];
    const innermost = levels.at(-1);
    if (byte === QUOTE) {
      const end = scanString(bytes, i);
      if (end < 0) break;
      if (expectsName && innermost !== undefined) innermost.step = decodeString(bytes, i, end);
      expectsName = false;
      i = end;
      continue;
    }
    if (i === offset) break;
    if (byte === OPEN_OBJECT) levels.push({ step: null });
    else if (byte === OPEN_ARRAY) levels.push({ step: 0 });
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) levels.pop();
    else if (byte === COMMA && innermost !== undefined) {
      innermost.step = typeof innermost.step === "number" ? innermost.step + 1 : null;
    }
    if (byte === OPEN_OBJECT || byte === COMMA) expectsName = levels.at(-1)?.step === null;
    i += 1;
  }
  return toPointer(levels);
}

/** One step of a pointer, with the two characters escaped that RFC 6901 section 3 names. */
export function toPointerStep(step: number | string): string {
  return `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function toPointer(levels: readonly Level[]): string {
  const pointer = levels.map(({ step }) => (step === null ? "" : toPointerStep(step))).join("");
  return pointer.length <= MAX_PATH_LENGTH ? pointer : `${pointer.slice(0, MAX_PATH_LENGTH)}…`;
}
