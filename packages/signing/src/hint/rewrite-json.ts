/**
 * The spellings in which JSON libraries write the same value: compact (JavaScript, Go), with a space after each comma
 * and colon (Python), both with everything beyond ASCII escaped (Python's default), and indented by two.
 * Only for finding out whether a body was parsed and written again; what comes out is never trusted or sent.
 */

/** Spellings of the value of `text` other than `text` itself; none when it is not JSON or nests too deeply. */
export function rewriteJson(text: string): readonly string[] {
  const compact = writeAgain(text);
  if (compact === null) return [];
  const spaced = spaceOut(compact.text);
  const spellings = new Set([
    compact.text,
    spaced,
    escapeBeyondAscii(compact.text),
    escapeBeyondAscii(spaced),
    compact.indented,
  ]);
  spellings.delete(text);
  return [...spellings];
}

function writeAgain(text: string): { text: string; indented: string } | null {
  try {
    const value: unknown = JSON.parse(text);
    return { text: JSON.stringify(value), indented: JSON.stringify(value, null, 2) };
  } catch {
    // Not JSON, or JSON.stringify ran out of stack on a nesting that JSON.parse can read.
    return null;
  }
}

/** An escape (which may hide a quote), or a character that ends a string or wants a space after it. */
const ESCAPE_OR_MARK = /\\.|[",:]/g;

function spaceOut(compact: string): string {
  let insideString = false;
  return compact.replace(ESCAPE_OR_MARK, (token) => {
    if (token === '"') insideString = !insideString;
    return !insideString && (token === "," || token === ":") ? `${token} ` : token;
  });
}

function escapeBeyondAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
