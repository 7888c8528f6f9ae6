/**
 * Reads one header out of any of the shapes that frameworks hand over: a Headers object, a plain record in any case,
 * Node's IncomingHttpHeaders. Names are compared without regard to case.
 * Invariant: a header that stands in the request twice is refused, never chosen from. Which one a proxy and which one
 * this process would pick is how a signed value is smuggled past a check.
 */

import { MalformedHeaderError } from "../errors/malformed-header-error.ts";
import { MissingHeaderError } from "../errors/missing-header-error.ts";

/** The headers of a request, as they arrived. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of the header. Throws MissingHeaderError, MalformedHeaderError. */
export function getHeader(headers: RequestHeaders, name: string): string {
  const values = isHeadersObject(headers) ? [headers.get(name) ?? ""] : findValues(headers, name);
  const present = values.filter((value) => value !== "");
  if (present.length > 1) throw new MalformedHeaderError(name, "unique: it stands in the request more than once");
  const [value] = present;
  if (value === undefined) throw new MissingHeaderError(name);
  return value;
}

function isHeadersObject(headers: RequestHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === "function";
}

function findValues(headers: Readonly<Record<string, string | readonly string[] | undefined>>, name: string): string[] {
  const wanted = name.toLowerCase();
  return Object.entries(headers)
    .filter(([key]) => key.toLowerCase() === wanted)
    .flatMap(([, value]) => value ?? []);
}
