/**
 * The URL of a new or changed endpoint, as it is to be kept: vetted by the egress guard, its credentials taken out.
 * Asked before the transaction begins, because resolving a name may take seconds.
 */
import type { CoreContext } from "../context.ts";
import type { InputProblem } from "../errors/core-error.ts";
import type { EndpointProfile } from "./endpoint.ts";
import { withoutHiddenCredentials } from "./hidden-credentials.ts";

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
  if (target.ok) return { url: target.url, credentials: target.credentials, keepsCredentials, problems: [] };
  const problem = { path: "/url", code: target.code, message: target.message };
  return { url, credentials: null, keepsCredentials, problems: [problem] };
}

/** What an endpoint without credentials, or at another origin, answers to `***` in its URL. */
export const NO_CREDENTIALS_TO_KEEP: InputProblem = {
  path: "/url",
  code: "hidden_value",
  message: "*** keeps the credentials of the same scheme, host and port. There are none: give user name and password.",
};
