/**
 * The life of an endpoint's secret versions as a pure function: which states there are, what can happen in each, and
 * what comes of it. Specified by docs/secret-lifecycle.md, which a test compares with the table below; a missing cell
 * does not compile. The verbs lock the endpoint, ask here and write exactly what is said.
 *
 *   stage ──► staged ──activate──┐                  ┌──── cancel ─────┐
 *                                ▼                  ▼                 │
 *   create, rotate ───────────► active ──rotate──► retiring ──end──► expired
 */

export const SECRET_STATES = ["staged", "active", "retiring", "expired"] as const;
export type SecretState = (typeof SECRET_STATES)[number];

export interface SecretStanding {
  readonly number: number;
  readonly state: SecretState;
  /** Of a retiring version its exact end, of an expired one when it ended. */
  readonly expiresAt: Date | null;
}

export type SecretEvent =
  | { readonly kind: "create" | "stage" | "unstage" }
  | ({ readonly kind: "activate" | "rotate" | "rotate_expiring_old" } & Overlap)
  | ({ readonly kind: "rotate_discarding_new" | "rotate_keeping_old" } & Overlap)
  | { readonly kind: "activate_now" | "replace" | "cancel" }
  /** `number` names a retiring version; null takes the newest. */
  | ({ readonly kind: "extend" | "shorten"; readonly number: number | null } & Overlap)
  | { readonly kind: "expire_retiring" | "overlap_ends" | "delete_endpoint" };
export type SecretEventKind = SecretEvent["kind"];

export interface Overlap {
  readonly overlapEndsAt: Date;
  /** Set: the overlap is held open until a rehearsal has passed, and then ends at this time, or at once. */
  readonly plannedEndsAt?: Date;
}

/** One version's move; a version that is expired loses its value at once. */
export type SecretMove =
  | { readonly number: number; readonly to: "active"; readonly expiresAt: null }
  | { readonly number: number; readonly to: "retiring"; readonly expiresAt: Date; readonly plannedEndsAt?: Date }
  | { readonly number: number; readonly to: "expired"; readonly expiresAt: Date };

export type SecretRefusal =
  /** A version in this state forbids it; `until` is when the last of the overlap ends, where that is what forbids. */
  | { readonly because: "there_is"; readonly state: SecretState; readonly until: Date | null }
  | { readonly because: "there_is_no"; readonly state: SecretState }
  | { readonly because: "too_many_retiring" }
  /** Extending to an earlier end, or shortening to a later one; `endsAt` is the end now. */
  | { readonly because: "other_direction"; readonly endsAt: Date };

export type SecretDecision =
  | {
      readonly ok: true;
      /** What had ended by itself before the event, to be marked with it. */
      readonly endings: readonly SecretMove[];
      readonly moves: readonly SecretMove[];
      /** The version to add, if one is. */
      readonly added: { readonly number: number; readonly state: "staged" | "active" } | null;
    }
  | { readonly ok: false; readonly refusal: SecretRefusal };

/** Only the version that the event chooses moves; others in the same state stay as they are. */
type IfChosen = `${Exclude<SecretState, "staged">} if chosen`;
export type SecretCell = Exclude<SecretState, "staged"> | IfChosen | "unchanged" | "refused";

export interface SecretRow {
  /** A state in which a version must be, or the event is refused. */
  readonly needs: SecretState | null;
  /** The state in which the event adds a new version. */
  readonly adds: "staged" | "active" | null;
  readonly cells: { readonly [S in SecretState]: SecretCell };
}

/** Each replaced secret may keep its own end; beyond this many the receiver would be the one who cannot keep up. */
export const RETIRING_MAX = 10;

const leftAlone = { staged: "unchanged", active: "unchanged", retiring: "unchanged", expired: "unchanged" } as const;
const rotated = { ...leftAlone, active: "retiring" } as const;

export const SECRET_TABLE: { readonly [K in SecretEventKind]: SecretRow } = {
  create: {
    needs: null,
    adds: "active",
    cells: { staged: "refused", active: "refused", retiring: "refused", expired: "refused" },
  },
  stage: { needs: "active", adds: "staged", cells: { ...leftAlone, staged: "refused" } },
  unstage: { needs: "staged", adds: null, cells: { ...leftAlone, staged: "expired" } },
  activate: { needs: "staged", adds: null, cells: { ...rotated, staged: "active", retiring: "refused" } },
  activate_now: {
    needs: "staged",
    adds: null,
    cells: { ...leftAlone, staged: "active", active: "expired", retiring: "refused" },
  },
  rotate: { needs: "active", adds: "active", cells: { ...rotated, retiring: "refused" } },
  rotate_expiring_old: { needs: "retiring", adds: "active", cells: { ...rotated, retiring: "expired" } },
  rotate_discarding_new: {
    needs: "retiring",
    adds: "active",
    cells: { ...leftAlone, active: "expired", retiring: "retiring" },
  },
  rotate_keeping_old: { needs: "active", adds: "active", cells: rotated },
  replace: { needs: "active", adds: "active", cells: { ...leftAlone, active: "expired", retiring: "expired" } },
  cancel: {
    needs: "retiring",
    adds: null,
    cells: { ...leftAlone, active: "expired", retiring: "active if chosen" },
  },
  extend: { needs: "retiring", adds: null, cells: { ...leftAlone, retiring: "retiring if chosen" } },
  shorten: { needs: "retiring", adds: null, cells: { ...leftAlone, retiring: "retiring if chosen" } },
  expire_retiring: { needs: null, adds: null, cells: { ...leftAlone, retiring: "expired" } },
  overlap_ends: { needs: null, adds: null, cells: { ...leftAlone, retiring: "expired if chosen" } },
  delete_endpoint: {
    needs: null,
    adds: null,
    cells: { staged: "expired", active: "expired", retiring: "expired", expired: "unchanged" },
  },
};

/** What the event makes of an endpoint's versions. `versions` holds all that are not expired, and the newest there was. */
export function decideSecrets(input: {
  readonly versions: readonly SecretStanding[];
  readonly event: SecretEvent;
  readonly now: Date;
}): SecretDecision {
  const { versions, event, now } = input;
  // Whatever is asked finds overlaps ended that have ended, whether or not somebody has marked them.
  const ended = versions.filter((version) => version.state === "retiring" && !signs(version, now));
  const endings = ended.map((version) => expire(version, now));
  if (event.kind === "overlap_ends") return { ok: true, endings: [], moves: endings, added: null };

  const standing = versions.map((version) => (ended.includes(version) ? { ...version, state: EXPIRED } : version));
  const refusal = findRefusal(standing, event);
  if (refusal !== null) return { ok: false, refusal };

  const { adds, cells } = SECRET_TABLE[event.kind];
  const chosen = choose(standing, event);
  const moves = standing.flatMap((version) => move(version, cells[version.state], { event, now, chosen }));
  const retiring = standing.filter((version) => stateAfter(version, moves) === "retiring").length;
  if (retiring > RETIRING_MAX) return { ok: false, refusal: { because: "too_many_retiring" } };
  const number = Math.max(0, ...versions.map((version) => version.number)) + 1;
  return { ok: true, endings, moves, added: adds === null ? null : { number, state: adds } };
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

const EXPIRED: SecretState = "expired";

function findRefusal(standing: readonly SecretStanding[], event: SecretEvent): SecretRefusal | null {
  const { needs, cells } = SECRET_TABLE[event.kind];
  const forbidding = standing.find((version) => cells[version.state] === "refused");
  if (forbidding !== undefined) {
    const { state } = forbidding;
    return { because: "there_is", state, until: state === "retiring" ? latestEnd(standing) : null };
  }
  if (needs !== null && !standing.some((version) => version.state === needs)) {
    return { because: "there_is_no", state: needs };
  }
  if (event.kind !== "extend" && event.kind !== "shorten") return null;

  const endsAt = choose(standing, event)?.expiresAt;
  if (endsAt == null) return { because: "there_is_no", state: "retiring" };
  const fits = event.kind === "extend" ? event.overlapEndsAt >= endsAt : event.overlapEndsAt <= endsAt;
  return fits ? null : { because: "other_direction", endsAt };
}

/** The retiring version that the event is about: the one it names, or the newest. */
function choose(standing: readonly SecretStanding[], event: SecretEvent): SecretStanding | undefined {
  const retiring = standing.filter((version) => version.state === "retiring");
  const named = event.kind === "extend" || event.kind === "shorten" ? event.number : null;
  if (named !== null) return retiring.find((version) => version.number === named);
  return retiring.toSorted((a, b) => b.number - a.number)[0];
}

function move(
  version: SecretStanding,
  cell: SecretCell,
  { event, now, chosen }: { event: SecretEvent; now: Date; chosen: SecretStanding | undefined },
): SecretMove[] {
  switch (cell) {
    case "unchanged":
    case "refused":
      return [];
    case "active if chosen":
    case "retiring if chosen":
    case "expired if chosen":
      return version === chosen ? [moveTo(version, withoutChoice(cell), { event, now })] : [];
    case "active":
    case "retiring":
    case "expired":
      return [moveTo(version, cell, { event, now })];
  }
}

function withoutChoice(cell: IfChosen): SecretMove["to"] {
  switch (cell) {
    case "active if chosen":
      return "active";
    case "retiring if chosen":
      return "retiring";
    case "expired if chosen":
      return "expired";
  }
}

function moveTo(
  version: SecretStanding,
  to: SecretMove["to"],
  { event, now }: { event: SecretEvent; now: Date },
): SecretMove {
  const { number } = version;
  switch (to) {
    case "active":
      return { number, to, expiresAt: null };
    case "retiring":
      if (!("overlapEndsAt" in event)) throw new Error(`${event.kind} makes a version retire without an end.`);
      return { number, to, expiresAt: event.overlapEndsAt, ...heldOpen(event) };
    case "expired":
      return expire(version, now);
  }
}

function heldOpen({ plannedEndsAt }: Overlap): { readonly plannedEndsAt?: Date } {
  return plannedEndsAt === undefined ? {} : { plannedEndsAt };
}

/** A version that had ended before anybody noticed keeps its end. */
function expire(version: SecretStanding, now: Date): SecretMove {
  const hadEnded = version.state === "retiring" && version.expiresAt !== null && version.expiresAt < now;
  return { number: version.number, to: "expired", expiresAt: hadEnded ? version.expiresAt : now };
}

function stateAfter(version: SecretStanding, moves: readonly SecretMove[]): SecretState {
  return moves.find((candidate) => candidate.number === version.number)?.to ?? version.state;
}

function latestEnd(versions: readonly SecretStanding[]): Date | null {
  const ends = versions.flatMap(({ state, expiresAt }) => (state === "retiring" && expiresAt ? [expiresAt] : []));
  return ends.reduce<Date | null>((latest, end) => (latest === null || end > latest ? end : latest), null);
}
