/**
 * Which event a rotation is (pure): within the overlap of an earlier one the caller has to say what becomes of that, and
 * without an overlap of its own everything before the new secret ends now.
 */
import { type Overlap, type SecretEvent, type SecretStanding, signs } from "./secret-lifecycle.ts";

/**
 * How a rotation treats one that is still in its overlap: end its old versions now, drop its new one, or let each
 * replaced version keep its own end.
 */
export type RotationConflict = "expire_old" | "discard_new" | "keep_old";

export function chooseRotation(input: {
  readonly versions: readonly SecretStanding[];
  readonly now: Date;
  /** Null: everything before the new secret ends now. */
  readonly overlap: Overlap | null;
  readonly onConflict: RotationConflict | null;
}): SecretEvent {
  const { versions, now, overlap, onConflict } = input;
  const isInOverlap = versions.some((version) => version.state === "retiring" && signs(version, now));
  // Refused by the table, with or without an overlap of its own.
  if (isInOverlap && onConflict === null) return { kind: "rotate", ...(overlap ?? { overlapEndsAt: now }) };
  if (overlap === null) return { kind: "replace" };
  if (!isInOverlap || onConflict === null) return { kind: "rotate", ...overlap };
  switch (onConflict) {
    case "expire_old":
      return { kind: "rotate_expiring_old", ...overlap };
    case "discard_new":
      return { kind: "rotate_discarding_new", ...overlap };
    case "keep_old":
      return { kind: "rotate_keeping_old", ...overlap };
  }
}
