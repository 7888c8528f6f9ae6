/** What is said when the life cycle refuses: what stands in the way, and what to do about it. */
import { CoreError } from "../errors/core-error.ts";
import { RETIRING_MAX, type SecretRefusal, type SecretState } from "./secret-lifecycle.ts";

export function toSecretError(refusal: SecretRefusal): CoreError {
  switch (refusal.because) {
    case "there_is":
      return refusal.until === null ? new CoreError("wrong_state", THERE_IS[refusal.state]) : inOverlap(refusal.until);
    case "there_is_no":
      return new CoreError("wrong_state", THERE_IS_NO[refusal.state]);
    case "too_many_retiring":
      return new CoreError(
        "limit_reached",
        `At most ${RETIRING_MAX} secrets retire at a time. End some of them first.`,
      );
    case "other_direction": {
      const endsAt = refusal.endsAt.toISOString();
      const message = `The overlap ends at ${endsAt}: extend takes a later end, shorten an earlier one.`;
      return new CoreError("wrong_state", message);
    }
  }
}

function inOverlap(until: Date): CoreError {
  const message =
    `An earlier rotation is in its overlap until ${until.toISOString()}. To rotate now give onConflict: expire_old ` +
    "ends the old secret now, discard_new drops the newest instead. A staged secret is activated when it is over.";
  return new CoreError("rotation_in_progress", message);
}

const THERE_IS: Readonly<Record<SecretState, string>> = {
  staged: "A secret is staged already. Activate it, or drop it with unstage.",
  active: "The endpoint has an active secret.",
  retiring: "A secret is retiring.",
  expired: "The endpoint had a secret before.",
};

const THERE_IS_NO: Readonly<Record<SecretState, string>> = {
  staged: "No secret is staged.",
  active: "The endpoint has no active secret.",
  retiring: "No such secret is retiring: the overlap is over, or no rotation has begun.",
  expired: "No secret has expired.",
};
