/**
 * What becomes of an endpoint's secret versions when somebody rotates or expires. Pure: the verbs lock the endpoint,
 * ask here, and write exactly what is said; the table's partial unique indexes are the last guard.
 *
 *   rotate:   (none) ──► active ──► retiring ──► expired      staged waits beside them, untouched
 *                          └──── overlap 0 ────►─┘
 *
 * Invariants: after every step at most one version is active and at most ten are retiring; a retiring version has an
 * end after the step's time; an expired version stays expired; numbers only rise.
 */

export type SecretState = "staged" | "active" | "retiring" | "expired";

export interface SecretStanding {
  readonly number: number;
  readonly state: SecretState;
  readonly expiresAt: Date | null;
}

/** One version's move; a version that is expired loses its value at once. */
export type SecretMove =
  | { readonly number: number; readonly to: "retiring"; readonly expiresAt: Date }
  | { readonly number: number; readonly to: "expired"; readonly expiresAt: Date };

/** How a rotation treats one that is still in its overlap: end its old versions now, or drop its new one. */
export type RotationConflict = "expire_old" | "discard_new";

export type RotationDecision =
  | {
      readonly ok: true;
      readonly moves: readonly SecretMove[];
      readonly number: number;
      readonly overlapEndsAt: Date | null;
    }
  | { readonly ok: false; readonly reason: "rotation_in_progress"; readonly until: Date };

export function decideRotation(input: {
  readonly versions: readonly SecretStanding[];
  readonly now: Date;
  readonly overlapMs: number;
  readonly onConflict: RotationConflict | null;
}): RotationDecision {
  const { versions, now, overlapMs, onConflict } = input;
  const active = versions.filter((version) => version.state === "active");
  const retiring = versions.filter((version) => version.state === "retiring");
  const overlapping = retiring.filter((version) => signs(version, now));
  const number = Math.max(0, ...versions.map((version) => version.number)) + 1;

  const until = latestEnd(overlapping);
  if (until !== null && onConflict === null) return { ok: false, reason: "rotation_in_progress", until };

  // The receiver knows the versions that go on: the active one, or those before it when the new one is discarded.
  const discards = until !== null && onConflict === "discard_new";
  const goingOn = discards ? overlapping : active;
  const ending = [...active, ...retiring].filter((version) => !goingOn.includes(version));
  const overlapEndsAt = overlapMs > 0 && goingOn.length > 0 ? new Date(now.getTime() + overlapMs) : null;
  return {
    ok: true,
    moves: [
      ...ending.map((version) => expire(version, now)),
      ...goingOn.map((version) => (overlapEndsAt === null ? expire(version, now) : retire(version, overlapEndsAt))),
    ],
    number,
    overlapEndsAt,
  };
}

/** Ends every retiring version now. The active one goes on alone. */
export function decideExpiry(input: {
  readonly versions: readonly SecretStanding[];
  readonly now: Date;
}): SecretMove[] {
  return input.versions.filter((version) => version.state === "retiring").map((version) => expire(version, input.now));
}

/** Whether a version signs at this moment. The end of an overlap is exact: at that instant it signs no more. */
export function signs(version: SecretStanding, now: Date): boolean {
  switch (version.state) {
    case "active":
      return true;
    case "retiring":
      return version.expiresAt !== null && now < version.expiresAt;
    case "staged":
    case "expired":
      return false;
  }
}

function retire(version: SecretStanding, expiresAt: Date): SecretMove {
  return { number: version.number, to: "retiring", expiresAt };
}

/** A version that had ended before anybody noticed keeps its end. */
function expire(version: SecretStanding, now: Date): SecretMove {
  const ended = version.state === "retiring" && version.expiresAt !== null && version.expiresAt < now;
  return { number: version.number, to: "expired", expiresAt: ended ? version.expiresAt : now };
}

function latestEnd(versions: readonly SecretStanding[]): Date | null {
  const ends = versions.flatMap((version) => (version.expiresAt === null ? [] : [version.expiresAt]));
  return ends.reduce<Date | null>((latest, end) => (latest === null || end > latest ? end : latest), null);
}
