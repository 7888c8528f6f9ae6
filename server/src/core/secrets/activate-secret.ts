/**
 * Lets the staged version take over, as a rotation does with a new one. Not within the overlap of an earlier rotation:
 * it waits until that is over, or somebody ends it.
 */
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";
import { planOverlap } from "./overlap.ts";
import type { SecretVersion } from "./secret-version.ts";

export interface ActivateSecretInput {
  /** How long the version before goes on signing; 24 hours when left out, 0 ends it at once. */
  readonly overlapSeconds?: number | undefined;
  /** The version before signs on until a rehearsal has passed, whatever the overlap, up to 30 days. */
  readonly requireRehearsal?: boolean | undefined;
  readonly reason?: string | undefined;
}

export interface ActivatedSecret {
  readonly version: SecretVersion;
  readonly overlapEndsAt: Date | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `rotation_in_progress`, `wrong_state`. */
export async function activateSecret({
  input,
  ...act
}: SecretsAct & { readonly input: ActivateSecretInput }): Promise<ActivatedSecret> {
  const overlapFrom = planOverlap(input);
  return changeSecrets(act, {
    action: "secret.activate",
    reason: input.reason,
    decideEvent: (_, now) => {
      const overlap = overlapFrom(now);
      return overlap === null ? { kind: "activate_now" } : { kind: "activate", ...overlap };
    },
    toAnswer: ({ event, moved }) => {
      const version = moved.find((one) => one.state === "active");
      if (version === undefined) throw new Error("Activation made no version active.");
      return { version, overlapEndsAt: "overlapEndsAt" in event ? event.overlapEndsAt : null };
    },
  });
}
