/**
 * Finds values that must not stand somewhere, in whatever shape they may have got there: as they are, in base64 (also in
 * the middle of something longer), hexadecimal, URL-encoded, escaped for JSON, or both. A search that only knows the
 * plain text finds no leak in a column of bytes, in a header of credentials or in a log line.
 */

/** What is searched for, by the name that a finding is told with; never the value itself. */
export type Watched = ReadonlyMap<string, string | Uint8Array>;

/** Shorter values turn up by chance. */
const WATCHED_BYTES_MIN = 12;

interface Needle {
  readonly shape: string;
  readonly bytes: Buffer;
}

const needlesOf = new Map<string, readonly Needle[]>();

/** Resolves to nothing where nothing leaks, otherwise to what was found and how: `API key in hexadecimal`. */
export function findLeaks(watched: Watched, where: string | Uint8Array): string[] {
  const haystack = typeof where === "string" ? Buffer.from(where) : where;
  const view = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.byteLength);
  return [...watched].flatMap(([name, value]) => {
    const found = needles(name, value).find(({ bytes }) => view.includes(bytes));
    return found === undefined ? [] : [`${name} ${found.shape}`];
  });
}

function needles(name: string, value: string | Uint8Array): readonly Needle[] {
  const bytes = Buffer.from(value);
  const id = bytes.toString("hex");
  const known = needlesOf.get(id);
  if (known !== undefined) return known;
  if (bytes.byteLength < WATCHED_BYTES_MIN) throw new Error(`${name} is too short to be searched for`);
  const made = [
    { shape: "as it is", bytes },
    { shape: "in hexadecimal", bytes: Buffer.from(id) },
    { shape: "in hexadecimal", bytes: Buffer.from(id.toUpperCase()) },
    ...toBase64Needles(bytes),
    ...(typeof value === "string" ? toTextNeedles(value) : []),
  ];
  needlesOf.set(id, made);
  return made;
}

/**
 * What of the base64 depends on the value alone, wherever it begins: after a multiple of three bytes, and after one or
 * two more (RFC 4648, section 4).
 */
function toBase64Needles(value: Buffer): Needle[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), value]).toString("base64");
    const inner = whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + value.byteLength) * 8) / 6));
    const url = inner.replaceAll("+", "-").replaceAll("/", "_");
    return [
      { shape: "in base64", bytes: Buffer.from(inner) },
      { shape: "in base64url", bytes: Buffer.from(url) },
    ];
  });
}

function toTextNeedles(value: string): Needle[] {
  const json = escapeForJson(value);
  const percent = encodeURIComponent(value);
  const shapes = { "escaped for JSON": json, "escaped for JSON twice": escapeForJson(json), "URL-encoded": percent };
  const lower = percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const form = percent.replaceAll("%20", "+");
  return [...Object.entries(shapes), ["URL-encoded", lower], ["URL-encoded as a form", form]].map(
    ([shape = "", text = ""]) => ({ shape, bytes: Buffer.from(text) }),
  );
}

function escapeForJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
