/**
 * Gives a retiring version a later end (extend) or an earlier one that is still to come (shorten). Each refuses the
 * other's direction, so that nobody cuts a receiver off by a number that was too small.
 */
import { changeSecrets, type SecretsAct } from "./change-secrets.ts";
import { toOverlapMs } from "./overlap.ts";
import type { SecretVersion } from "./secret-version.ts";

export interface MoveOverlapEndInput {
  /** The new end, counted from now: 1 second to 30 days. */
  readonly overlapSeconds: number;
  /** Which retiring version; the newest when left out. */
  readonly version?: number | undefined;
  readonly reason?: string | undefined;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `wrong_state`. */
export async function moveOverlapEnd({
  direction,
  input,
  ...act
}: SecretsAct & {
  readonly direction: "extend" | "shorten";
  readonly input: MoveOverlapEndInput;
}): Promise<SecretVersion> {
  const overlapMs = toOverlapMs(input.overlapSeconds, { min: 1 });
  return changeSecrets(act, {
    action: `secret.${direction}`,
    reason: input.reason,
    decideEvent: (_, now) => ({
      kind: direction,
      number: input.version ?? null,
      overlapEndsAt: new Date(now.getTime() + overlapMs),
    }),
    toAnswer: ({ moved }) => {
      const version = moved.find((one) => one.state === "retiring");
      if (version === undefined) throw new Error("No version's end was moved.");
      return version;
    },
  });
}
