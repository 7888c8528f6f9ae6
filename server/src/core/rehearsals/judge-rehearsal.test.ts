import { describe, expect, it } from "vitest";

import type { ProbeAnswer } from "../probes/probe-answer.ts";
import { judgeRehearsal, type RehearsalVerdict } from "./judge-rehearsal.ts";

type Case = readonly [alone: ProbeAnswer, newFirst: ProbeAnswer, oldFirst: ProbeAnswer, verdict: RehearsalVerdict];

const CASES: readonly Case[] = [
  ["took", "took", "took", "safe"],
  ["took", "refused", "took", "cannot_read_two"],
  ["took", "took", "refused", "cannot_read_two"],
  ["took", "refused", "refused", "cannot_read_two"],
  ["refused", "took", "took", "still_on_old"],
  ["refused", "refused", "took", "still_on_old"],
  ["refused", "took", "refused", "still_on_old"],
  ["refused", "refused", "refused", "still_on_old"],
  ["says_nothing", "took", "took", "unreachable"],
  ["took", "says_nothing", "took", "unreachable"],
  ["took", "took", "says_nothing", "unreachable"],
];

describe("judgeRehearsal", () => {
  it.each(CASES)("alone %s, new first %s, old first %s: %s", (alone, newFirst, oldFirst, verdict) => {
    const answers = { new_only: alone, new_then_old: newFirst, old_then_new: oldFirst };
    expect(judgeRehearsal(answers).verdict).toBe(verdict);
  });

  it("never calls safe what was not seen", () => {
    expect(judgeRehearsal({ new_only: "took", new_then_old: "took" }).verdict).toBe("unreachable");
    expect(judgeRehearsal({}).verdict).toBe("unreachable");
  });

  it("says which order a receiver takes that cannot read two", () => {
    const answers = { new_only: "took", new_then_old: "took", old_then_new: "refused" } as const;
    expect(judgeRehearsal(answers).reason).toContain("when the old one comes first");
  });
});
