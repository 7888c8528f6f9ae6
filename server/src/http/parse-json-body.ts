/**
 * Turns a body's bytes into a JSON value that every later layer can hold: UTF-8 without a byte-order mark, at most 100
 * levels deep, numbers finite, texts without NUL or half a surrogate pair (PostgreSQL stores neither), no member named
 * `__proto__`. Written against values that pass a schema and then fail, or change, in the database.
 */
import { CoreError, type InputProblem } from "../core/errors/core-error.ts";
import { HttpError } from "./http-error.ts";

const DEPTH_MAX = 100;
const PROBLEMS_MAX = 20;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws HttpError `malformed_json` (RFC 8259) or CoreError `validation_failed` with the paths of the mistakes. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  const value = parse(decode(bytes));
  const problems: InputProblem[] = [];
  collectProblems(value, "", 0, problems);
  if (problems.length > 0) {
    throw new CoreError("validation_failed", "The body holds values that cannot be stored.", { problems });
  }
  return value;
}

/** One step of a JSON pointer (RFC 6901, section 3). */
export function pointerStep(member: string | number): string {
  return `/${String(member).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new HttpError("malformed_json", "The body is not valid UTF-8.");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    throw new HttpError("malformed_json", "The body is not valid JSON.");
  }
}

function collectProblems(value: unknown, path: string, depth: number, problems: InputProblem[]): void {
  if (problems.length >= PROBLEMS_MAX) return;
  if (typeof value === "string") {
    if (!isStorable(value)) problems.push(unstorableText(path));
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) problems.push({ path, code: "out_of_bounds", message: "The number is too large." });
  } else if (typeof value === "object" && value !== null) {
    if (depth >= DEPTH_MAX) {
      problems.push({ path, code: "too_deep", message: `A body may be ${DEPTH_MAX} levels deep.` });
      return;
    }
    for (const [member, inner] of Object.entries(value)) {
      const innerPath = isStorable(member) ? path + pointerStep(member) : path;
      if (!isStorable(member)) problems.push(unstorableText(path));
      else if (member === "__proto__" && !Array.isArray(value)) {
        problems.push({ path: innerPath, code: "unknown_member", message: "This name is not allowed." });
      }
      collectProblems(inner, innerPath, depth + 1, problems);
    }
  }
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

function unstorableText(path: string): InputProblem {
  return { path, code: "invalid_text", message: "Text must not hold NUL or an unpaired surrogate." };
}
