/**
 * The URL of a new or changed endpoint, as it is to be kept: vetted by the egress guard, its credentials taken out.
 * Asked before the transaction begins, because resolving a name may take seconds.
 */
import type { CoreContext } from "../context.ts";
import type { InputProblem } from "../errors/core-error.ts";
import type { EndpointProfile } from "./endpoint.ts";
import { withoutHiddenCredentials } from "./hidden-credentials.ts";

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

export interface VettedUrl {
  readonly url: string;
  readonly credentials: string | null;
  /** The URL carried `***`: the credentials that the endpoint has are meant. */
  readonly keepsCredentials: boolean;
  /** Not empty: the URL is refused. */
  readonly problems: readonly InputProblem[];
}

export async function vetUrl(
  context: Pick<CoreContext, "checkTarget">,
  url: string,
  profile: EndpointProfile,
): Promise<VettedUrl> {
  const shown = withoutHiddenCredentials(url);
  // SelfCommunity's contract accepts names that do not resolve yet.
  const target = await context.checkTarget(shown ?? url, { resolve: profile !== "selfcommunity" });
  const keepsCredentials = shown !== null;
  if (target.ok) {
    const kept = keepsSpelling(url, profile) ? url : target.url;
    return { url: kept, credentials: target.credentials, keepsCredentials, problems: [] };
  }
  const problem = { path: "/url", code: target.code, message: target.message };
  return { url, credentials: null, keepsCredentials, problems: [problem] };
}

/**
 * Other contracts answer with the URL that they were given, `https://example.com` without a slash. It is kept so where
 * nothing has to be taken out of it; it is read the same way each time it is used.
 */
function keepsSpelling(url: string, profile: EndpointProfile): boolean {
  if (profile === "standard" || !VISIBLE_ASCII.test(url)) return false;
  const parsed = URL.parse(url);
  return parsed !== null && parsed.username === "" && parsed.password === "" && !url.includes("#");
}

/** What an endpoint without credentials, or at another origin, answers to `***` in its URL. */
export const NO_CREDENTIALS_TO_KEEP: InputProblem = {
  path: "/url",
  code: "hidden_value",
  message: "*** keeps the credentials of the same scheme, host and port. There are none: give user name and password.",
};
