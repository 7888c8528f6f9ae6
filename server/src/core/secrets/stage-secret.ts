/**
 * Makes a secret version beforehand: its receiver can be given it while nothing is signed with it yet. It takes over by
 * activate-secret.ts. The new secret is answered here, once.
 */
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";
import type { SecretVersion } from "./secret-version.ts";

export interface StageSecretInput {
  /** In the profile's format; generated when left out. */
  readonly secret?: string | undefined;
  readonly reason?: string | undefined;
}

export interface StagedSecret {
  readonly version: SecretVersion;
  /** Null of an endpoint that signs by Ed25519: receivers need the version's public key alone. */
  readonly secret: string | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `wrong_state` when one is staged already. */
export async function stageSecret({
  input,
  keepAnswer,
  ...act
}: SecretsAct & {
  readonly input: StageSecretInput;
  readonly keepAnswer?: KeepAnswer<StagedSecret> | undefined;
}): Promise<StagedSecret> {
  return changeSecrets(act, {
    action: "secret.stage",
    reason: input.reason,
    secret: input.secret,
    decideEvent: () => ({ kind: "stage" }),
    toAnswer: ({ added }) => {
      if (added === null) throw new Error("Staging added no version.");
      return added;
    },
    keepAnswer,
  });
}
