/**
 * Decides whether a URL may be the target of an endpoint, at create and at update, and takes the
 * credentials out of it. A first line only: what counts is the check of the address really dialled
 * (`connect.ts`), so a name that does not resolve now passes here and is judged at each delivery.
 */
import { checkAddress } from "./check-address.ts";
import type { EgressGuard } from "./egress-guard.ts";
import { literalAddress, vetHost } from "./vet-host.ts";

export type TargetVerdict =
  | {
      readonly ok: true;
      /** Normalised, without credentials and fragment. */
      readonly url: string;
      /** `user:password`, decoded (RFC 7617 section 2), or null when the URL carried none. A secret. */
      readonly credentials: string | null;
    }
  | {
      readonly ok: false;
      readonly code: "url_invalid" | "url_too_long" | "url_scheme" | "url_credentials" | "address_forbidden";
      /** A full sentence for people; never holds the credentials. */
      readonly message: string;
    };

export interface TargetCheckOptions {
  readonly guard: EgressGuard;
  /** False only where a dialect's contract forbids to resolve at create (SelfCommunity). */
  readonly resolve: boolean;
}

const MAX_URL_CHARACTERS = 2_048;
/** RFC 7617 section 2: a colon would end the user name, control characters are not allowed anywhere. */
// oxlint-disable-next-line no-control-regex
const UNUSABLE_USERNAME = /[:\u0000-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex
const UNUSABLE_PASSWORD = /[\u0000-\u001f\u007f]/;

/** Never throws. Resolving takes as long as the name servers do, at most a few seconds. */
export async function checkTarget(text: string, options: TargetCheckOptions): Promise<TargetVerdict> {
  if (text.length > MAX_URL_CHARACTERS) return refuse("url_too_long", tooLong());
  const url = URL.parse(text);
  if (url === null)
    return refuse("url_invalid", "The URL cannot be read; it must be absolute, such as https://example.com/webhooks.");
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return refuse("url_scheme", `The URL must begin with https:// or http://, not ${url.protocol}`);
  }
  if (url.port === "0") return refuse("url_invalid", "Port 0 cannot be dialled.");

  const credentials = takeCredentials(url);
  if (credentials === "unusable") {
    return refuse(
      "url_credentials",
      "User name and password of the URL must not hold control characters, nor the user name a colon.",
    );
  }
  url.hash = "";
  if (url.href.length > MAX_URL_CHARACTERS) return refuse("url_too_long", tooLong());

  const forbidden = await findForbidden(url.hostname, options);
  if (forbidden !== null) return refuse("address_forbidden", forbidden);
  return { ok: true, url: url.href, credentials: credentials?.pair ?? null };
}

async function findForbidden(hostname: string, options: TargetCheckOptions): Promise<string | null> {
  const literal = literalAddress(hostname);
  if (literal !== null) {
    const verdict = checkAddress(literal, options.guard.allow);
    return verdict.allowed ? null : verdict.reason;
  }
  if (!options.resolve) return null;
  const vetted = await vetHost(hostname, options.guard);
  return !vetted.ok && vetted.code === "blocked_address" ? vetted.detail : null;
}

/** Removes the userinfo from the URL and returns it decoded. */
function takeCredentials(url: URL): { readonly pair: string } | "unusable" | null {
  if (url.username === "" && url.password === "") return null;
  const username = decodeUserinfo(url.username);
  const password = decodeUserinfo(url.password);
  url.username = "";
  url.password = "";
  if (UNUSABLE_USERNAME.test(username) || UNUSABLE_PASSWORD.test(password)) return "unusable";
  return { pair: `${username}:${password}` };
}

/** A stray percent sign is taken as it stands, as browsers do. */
function decodeUserinfo(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tooLong(): string {
  return `The URL must have at most ${MAX_URL_CHARACTERS} characters.`;
}

function refuse(code: Extract<TargetVerdict, { ok: false }>["code"], message: string): TargetVerdict {
  return { ok: false, code, message };
}
