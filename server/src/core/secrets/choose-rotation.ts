/**
 * Which event a rotation is (pure): within the overlap of an earlier one the caller has to say what becomes of that, and
 * without an overlap of its own everything before the new secret ends now.
 */
import { type SecretEvent, type SecretStanding, signs } from "./secret-lifecycle.ts";

/**
 * How a rotation treats one that is still in its overlap: end its old versions now, drop its new one, or let each
 * replaced version keep its own end.
 */
export type RotationConflict = "expire_old" | "discard_new" | "keep_old";

export function chooseRotation(input: {
  readonly versions: readonly SecretStanding[];
  readonly now: Date;
  readonly overlapMs: number;
  readonly onConflict: RotationConflict | null;
}): SecretEvent {
  const { versions, now, overlapMs, onConflict } = input;
  const overlapEndsAt = new Date(now.getTime() + overlapMs);
  const isInOverlap = versions.some((version) => version.state === "retiring" && signs(version, now));
  if (isInOverlap && onConflict === null) return { kind: "rotate", overlapEndsAt };
  if (overlapMs === 0) return { kind: "replace" };
  if (!isInOverlap || onConflict === null) return { kind: "rotate", overlapEndsAt };
  switch (onConflict) {
    case "expire_old":
      return { kind: "rotate_expiring_old", overlapEndsAt };
    case "discard_new":
      return { kind: "rotate_discarding_new", overlapEndsAt };
    case "keep_old":
      return { kind: "rotate_keeping_old", overlapEndsAt };
  }
}
