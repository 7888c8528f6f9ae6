/**
 * The bounds of an endpoint's custom headers. None may change what the request is (its framing, its target, its
 * content) or stand in for what the profile signs, and none may end its line early: a value with CR or LF could add
 * headers of its own (RFC 9110, section 5.5).
 */
import type { InputProblem } from "../errors/core-error.ts";
import { HIDDEN } from "./endpoint.ts";

export const HEADERS_MAX = 30;
/** Names and values together. */
const HEADERS_BYTES_MAX = 8192;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII, spaces and tabs inside; white space at the ends would be cut on the way. */
const VALUE = /^(?:[\x21-\x7e](?:[\x21-\x7e \t]*[\x21-\x7e])?)?$/;

/** Hop-by-hop (RFC 9110, section 7.6.1), what frames or negotiates the request, and what names its target and sender. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "http2-settings",
  "accept-encoding",
  "user-agent",
]);
/** All after `proxy-` are the profiles' own. */
const FORBIDDEN_PREFIXES = ["content-", "proxy-", "webhook-", "posthorn-", "selfcommunity-", "thesignup-"];

/** `kept` holds the names, in lower case, whose value the endpoint has already, so that `***` may stand for it. */
export function checkHeaders(
  headers: Readonly<Record<string, string>>,
  path: string,
  kept: ReadonlySet<string>,
): InputProblem[] {
  const entries = Object.entries(headers);
  if (entries.length > HEADERS_MAX) {
    return [{ path, code: "out_of_bounds", message: `An endpoint has at most ${HEADERS_MAX} custom headers.` }];
  }
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > HEADERS_BYTES_MAX) {
    return [{ path, code: "too_long", message: `Custom headers have at most ${HEADERS_BYTES_MAX} bytes together.` }];
  }
  const problems: InputProblem[] = [];
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const lowerName = name.toLowerCase();
    const problem = seen.has(lowerName)
      ? { code: "repeated", message: "This header is given twice; names differ only in case." }
      : (checkName(name, lowerName) ?? checkValue(value, kept.has(lowerName)));
    if (problem !== null) problems.push({ path: `${path}/${toPointerStep(name)}`, ...problem });
    seen.add(lowerName);
  }
  return problems;
}

type HeaderProblem = Omit<InputProblem, "path">;

function checkName(name: string, lowerName: string): HeaderProblem | null {
  if (!TOKEN.test(name)) return { code: "invalid_format", message: "This is no header name (RFC 9110, 5.6.2)." };
  if (FORBIDDEN_NAMES.has(lowerName) || FORBIDDEN_PREFIXES.some((prefix) => lowerName.startsWith(prefix))) {
    return { code: "forbidden_header", message: `The header ${lowerName} is set by Posthorn alone.` };
  }
  return null;
}

function checkValue(value: string, isKept: boolean): HeaderProblem | null {
  if (value === HIDDEN && !isKept) {
    return { code: "hidden_value", message: `${HIDDEN} keeps a value, and the endpoint has none. Give the value.` };
  }
  if (VALUE.test(value)) return null;
  return { code: "invalid_format", message: "A header value is visible ASCII, with no white space at its ends." };
}

function toPointerStep(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
