/**
 * Turns parameters into what both databases are sent: PostgreSQL's text form, or bytes for a bytea.
 * Every parameter is cast in the statement, so the text form needs no knowledge of the type, and both databases get the
 * same values by construction. Arrays of hundreds of rows are on the hot path: numbers and plain words are joined,
 * quotes are looked for first and written only where they are needed.
 * Written against silent nulls and silent JSON: undefined and plain objects are refused.
 */

export type EncodedParameter = string | Buffer | null;

/**
 * @param parameters null, boolean, number, bigint, string, Date, Uint8Array, or arrays of these (also nested).
 * @throws TypeError for anything else: a mistake of the calling code.
 */
export function encodeParameters(statementName: string, parameters: readonly unknown[]): EncodedParameter[] {
  return parameters.map((parameter, index) => {
    try {
      return encodeParameter(parameter);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TypeError(`statement ${statementName}, parameter $${index + 1}: ${why}`, { cause: error });
    }
  });
}

function encodeParameter(value: unknown): EncodedParameter {
  if (value === null) return null;
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return toBuffer(value);
  if (Array.isArray(value)) return encodeArray(value);
  return encodeScalar(value);
}

function encodeScalar(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      if (value instanceof Date) return value.toISOString();
      throw new TypeError("an object cannot be passed; pass JSON text for json and jsonb");
    case "undefined":
      throw new TypeError("undefined cannot be passed; pass null");
    default:
      throw new TypeError(`a ${typeof value} cannot be passed`);
  }
}

/** Text that needs no quotes inside an array literal, provided that it is not the word null. */
const PLAIN_ELEMENT = /^[\w.:+-]+$/;

/** Control characters, which an array literal holds as they are, and halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex
const ESCAPED_BY_JSON_ALONE = /[\u0000-\u001f\ud800-\udfff]/;

function encodeArray(values: readonly unknown[]): string {
  let text = "{";
  // Rows of a batch have much in common: the same text as in the row before is not looked through again.
  let lastText: unknown;
  let lastEncoded = "";
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ",";
    const value = values[index];
    if (typeof value === "number") text += value;
    else if (typeof value === "string") {
      if (value !== lastText) {
        lastText = value;
        lastEncoded = encodeTextElement(value);
      }
      text += lastEncoded;
    } else if (value === null) text += "NULL";
    else if (Array.isArray(value)) text += encodeArray(value);
    else if (value instanceof Uint8Array) text += `"\\\\x${toBuffer(value).toString("hex")}"`;
    else text += encodeScalar(value);
  }
  return `${text}}`;
}

function encodeTextElement(value: string): string {
  if (PLAIN_ELEMENT.test(value) && (value.length !== 4 || value.toLowerCase() !== "null")) return value;
  if (!value.includes('"') && !value.includes("\\")) return `"${value}"`;
  // JSON escapes these two as an array literal does, and natively; of what else it escapes nothing stands here.
  if (!ESCAPED_BY_JSON_ALONE.test(value)) return JSON.stringify(value);
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
