/**
 * What a receiver's answer to a probe says of its verification (pure): it took the request, it refused it, or the
 * answer says nothing, since it came from something before the receiver or did not come at all. Written against
 * verdicts that blame a receiver for its gateway.
 */
import type { Attempt } from "../attempts/attempt.ts";

export type ProbeAnswer = "took" | "refused" | "says_nothing";

/** Answers of gateways, limiters and receivers that are not there: no decision about a signature. */
const OF_OTHERS: ReadonlySet<number> = new Set([404, 405, 408, 410, 413, 414, 421, 425, 429, 431, 501, 502, 503, 504]);
const FIRST_REDIRECT = 300;
const FIRST_CLIENT_ERROR = 400;

export function toProbeAnswer({ outcome, response }: Pick<Attempt, "outcome" | "response">): ProbeAnswer {
  if (outcome === "accepted") return "took";
  if (outcome !== "rejected" || response === null || OF_OTHERS.has(response.status)) return "says_nothing";
  const isRedirect = response.status >= FIRST_REDIRECT && response.status < FIRST_CLIENT_ERROR;
  return isRedirect ? "says_nothing" : "refused";
}

/** In words, for a person: what the receiver did. */
export function describeAnswer({ outcome, response }: Pick<Attempt, "outcome" | "response">): string {
  switch (outcome) {
    case "accepted":
    case "rejected":
      return `It answered ${response?.status ?? "nothing that can be read"}.`;
    case "timed_out":
      return "It did not answer in time.";
    case "unreachable":
      return "It could not be reached.";
    case "blocked":
      return "Its address is forbidden, so nothing was sent.";
  }
}
