/**
 * Makes another secret version active. The one before goes on signing beside it until the overlap ends, so that a
 * receiver may change over at any moment between and misses nothing. The new secret is answered here, once.
 */
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";
import { chooseRotation, type RotationConflict } from "./choose-rotation.ts";
import { planOverlap } from "./overlap.ts";
import type { SecretVersion } from "./secret-version.ts";

export interface RotateSecretInput {
  /** How long the old version goes on signing; 24 hours when left out, 0 ends everything before it at once. */
  readonly overlapSeconds?: number | undefined;
  /** In the profile's format; generated when left out. */
  readonly secret?: string | undefined;
  /** Needed only inside the overlap of an earlier rotation. */
  readonly onConflict?: RotationConflict | undefined;
  /** The old version signs on until a rehearsal has passed, whatever the overlap, up to 30 days. */
  readonly requireRehearsal?: boolean | undefined;
  readonly reason?: string | undefined;
}

export interface RotatedSecret {
  readonly version: SecretVersion;
  /** Null of an endpoint that signs by Ed25519: receivers need the version's public key alone. */
  readonly secret: string | null;
  /** When the old version signs no more; null when it does not any more. */
  readonly overlapEndsAt: Date | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `rotation_in_progress`, `limit_reached`. */
export async function rotateSecret({
  input,
  keepAnswer,
  ...act
}: SecretsAct & {
  readonly input: RotateSecretInput;
  readonly keepAnswer?: KeepAnswer<RotatedSecret> | undefined;
}): Promise<RotatedSecret> {
  const overlapFrom = planOverlap(input);
  return changeSecrets(act, {
    action: "secret.rotate",
    reason: input.reason,
    secret: input.secret,
    decideEvent: (versions, now) =>
      chooseRotation({ versions, now, overlap: overlapFrom(now), onConflict: input.onConflict ?? null }),
    toAnswer: ({ event, added }) => {
      if (added === null) throw new Error("A rotation added no version.");
      return { ...added, overlapEndsAt: "overlapEndsAt" in event ? event.overlapEndsAt : null };
    },
    keepAnswer,
  });
}
