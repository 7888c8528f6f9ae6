/**
 * The life of a recovery as a table: what its owner can do in each state, and what comes of it. A missing cell does not
 * compile.
 *
 *   running ⇄ paused → cancelled
 *      └─► finished (by itself), or cancelled
 */

export const RECOVERY_STATES = ["running", "paused", "finished", "cancelled"] as const;
export type RecoveryState = (typeof RECOVERY_STATES)[number];
export const RECOVERY_ACTS = ["pause", "resume", "cancel"] as const;
export type RecoveryAct = (typeof RECOVERY_ACTS)[number];
/** By itself alone, and never by an act, a recovery finishes. */
type ActedState = Exclude<RecoveryState, "finished">;

const table: {
  readonly [Act in RecoveryAct]: { readonly [State in RecoveryState]: ActedState | "unchanged" | "refused" };
} = {
  pause: { running: "paused", paused: "unchanged", finished: "refused", cancelled: "refused" },
  resume: { running: "unchanged", paused: "running", finished: "refused", cancelled: "refused" },
  cancel: { running: "cancelled", paused: "cancelled", finished: "refused", cancelled: "unchanged" },
};

export function decideRecoveryState(state: RecoveryState, act: RecoveryAct): ActedState | "unchanged" | "refused" {
  return table[act][state];
}
