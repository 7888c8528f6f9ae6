/**
 * Which two secrets a rehearsal is between (pure): the staged one and the active one, where a rotation is prepared;
 * else the active one and the newest that retires.
 */
import { CoreError } from "../errors/core-error.ts";
import type { OpenSigners } from "../probes/open-signers.ts";
import type { ProbeSigner } from "../probes/probe-plan.ts";

export interface RehearsedPair {
  readonly newer: ProbeSigner;
  readonly older: ProbeSigner;
}

/** Throws `wrong_state` where no rotation is prepared or under way. */
export function chooseRehearsed({ staged, active, retiring }: OpenSigners): RehearsedPair {
  if (staged !== null) return { newer: staged, older: active };
  if (retiring !== null) return { newer: active, older: retiring };
  const message = "There is no rotation to rehearse: stage a secret, or rotate with an overlap.";
  throw new CoreError("wrong_state", message);
}
