/**
 * The verdict of a rehearsal (pure): whether a receiver misses nothing when the old secret ends. Three requests are
 * judged: signed with the new version alone, and with both in either order.
 *
 *   it took all three                                  → safe
 *   it refused the new one alone                       → still_on_old
 *   it took the new one alone, but not two signatures  → cannot_read_two
 *   some answer says nothing of signatures             → unreachable
 */
import type { ProbeAnswer } from "../probes/probe-answer.ts";

export const REHEARSAL_PROBES = ["new_only", "new_then_old", "old_then_new"] as const;
export type RehearsalProbe = (typeof REHEARSAL_PROBES)[number];

export const REHEARSAL_VERDICTS = ["safe", "still_on_old", "cannot_read_two", "unreachable"] as const;
export type RehearsalVerdict = (typeof REHEARSAL_VERDICTS)[number];

export interface JudgedRehearsal {
  readonly verdict: RehearsalVerdict;
  /** For people: what was seen and what to do. */
  readonly reason: string;
}

/** A probe that was not sent, since an earlier one found nobody there, is left out. */
export function judgeRehearsal(answers: Readonly<Partial<Record<RehearsalProbe, ProbeAnswer>>>): JudgedRehearsal {
  const { new_only: alone, new_then_old: newFirst, old_then_new: oldFirst } = answers;
  const all = [alone, newFirst, oldFirst];
  if (all.some((answer) => answer === undefined || answer === "says_nothing")) {
    return {
      verdict: "unreachable",
      reason:
        "Not every request got an answer that says something of its signature. Look at the attempts, mend what they show, and rehearse again.",
    };
  }
  if (alone === "took") {
    if (newFirst === "took" && oldFirst === "took") {
      return {
        verdict: "safe",
        reason: "The receiver takes the new secret, alone and beside the old one in both orders.",
      };
    }
    return {
      verdict: "cannot_read_two",
      reason: `The receiver takes the new secret alone, but not two signatures${onlyOneOrder(newFirst, oldFirst)}. It reads one of them and ignores the rest: end the overlap, or use cut-over, which signs with exactly one secret at any time.`,
    };
  }
  const readsTwo = newFirst === "took" && oldFirst === "took";
  return {
    verdict: "still_on_old",
    reason: readsTwo
      ? "The receiver refuses the new secret alone and takes it beside the old one: it still verifies with the old secret. Give it the new one before the overlap ends."
      : "The receiver refuses the new secret alone, and does not take two signatures in both orders either. Give it the new secret; if it refuses this rehearsal then, it cannot read two signatures.",
  };
}

function onlyOneOrder(newFirst: ProbeAnswer | undefined, oldFirst: ProbeAnswer | undefined): string {
  if (newFirst === "took") return " when the old one comes first";
  return oldFirst === "took" ? " when the new one comes first" : "";
}
