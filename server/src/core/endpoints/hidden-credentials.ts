/**
 * An endpoint's URL is shown with `***` in place of its user information, and may come back like that in an update:
 * then the credentials stay. Only for the same origin: otherwise whoever may edit an endpoint could have its
 * credentials, which they cannot read, sent to a server of their own.
 */
import { HIDDEN } from "./endpoint.ts";

/** The URL without the placeholder, or null when its user information is none. */
export function withoutHiddenCredentials(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || url.username !== HIDDEN || (url.password !== "" && url.password !== HIDDEN)) return null;
  url.username = "";
  url.password = "";
  return url.href;
}

/** Whether both URLs are requests to the same scheme, host and port. */
export function haveSameOrigin(a: string, b: string): boolean {
  const [first, second] = [URL.parse(a), URL.parse(b)];
  return first !== null && second !== null && first.origin === second.origin;
}
