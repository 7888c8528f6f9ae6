/**
 * Turns PostgreSQL's text form of a value into ours, by the column's type. Both databases decode here, so a value read
 * from one is the value read from the other.
 * An int8 beyond 2^53 throws: a rounded id would name another row. Types without a rule (numeric, inet, ranges) stay
 * text.
 */

type Decode = (text: string) => unknown;

const asText: Decode = (text) => text;
const toNumber: Decode = (text) => Number(text);
const toBoolean: Decode = (text) => text === "t";
const toBytes: Decode = (text) => Buffer.from(text.slice(2), "hex");
const toJson: Decode = (text) => JSON.parse(text) as unknown;

/** Object ids of the built-in types that have a rule, from PostgreSQL's pg_type catalog; they never change. */
const SCALARS: ReadonlyMap<number, Decode> = new Map([
  [16, toBoolean],
  [17, toBytes],
  [20, toSafeInteger],
  [21, toNumber],
  [23, toNumber],
  [26, toNumber],
  [114, toJson],
  [700, toNumber],
  [701, toNumber],
  [1184, toDate],
  [3802, toJson],
]);

/** Array type to element type: bool, bytea, name, int2, int4, text, varchar, int8, float4, float8, oid, … */
const ELEMENT_OF: ReadonlyMap<number, number> = new Map([
  [199, 114],
  [1000, 16],
  [1001, 17],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
]);

/** The rule for a column of the type with this object id. */
export function decoderOf(oid: number): Decode {
  const element = ELEMENT_OF.get(oid);
  if (element === undefined) return SCALARS.get(oid) ?? asText;
  const decodeElement = SCALARS.get(element) ?? asText;
  return (text) => parseArray(text, decodeElement);
}

function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`the int8 ${text} is beyond 2^53`);
  return value;
}

function toDate(text: string): Date {
  // "2026-11-21 03:00:00.123456+00": the session's time zone is UTC; the digits below a millisecond are cut.
  const date = new Date(text.endsWith("+00") ? `${text.slice(0, 10)}T${text.slice(11, -3)}Z` : text);
  if (Number.isNaN(date.getTime())) throw new RangeError(`the timestamp ${text} has no Date`);
  return date;
}

const COMMA = 0x2c;
const CLOSE_BRACE = 0x7d;

function isEndOfElement(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE;
}

/** Reads an array literal such as `{1,NULL,"a\"b",{2}}`. Nested arrays come back nested. */
function parseArray(text: string, decodeElement: Decode): unknown[] {
  if (text === "{}") return [];
  let at = text.indexOf("{");

  const parseLevel = (): unknown[] => {
    const values: unknown[] = [];
    at += 1;
    while (text[at] !== "}") {
      if (text[at] === ",") at += 1;
      else if (text[at] === "{") values.push(parseLevel());
      else if (text[at] === '"') values.push(decodeElement(parseQuoted()));
      else values.push(parsePlain());
    }
    at += 1;
    return values;
  };

  const parsePlain = (): unknown => {
    const start = at;
    while (!isEndOfElement(text.charCodeAt(at))) at += 1;
    const element = text.slice(start, at);
    return element === "NULL" ? null : decodeElement(element);
  };

  const parseQuoted = (): string => {
    let value = "";
    let start = at + 1;
    for (at = start; text[at] !== '"'; at += 1) {
      if (text[at] !== "\\") continue;
      value += text.slice(start, at);
      at += 1;
      start = at;
    }
    value += text.slice(start, at);
    at += 1;
    return value;
  };

  return parseLevel();
}
