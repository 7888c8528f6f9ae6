import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ProbeAnswer } from "../probes/probe-answer.ts";
import { judgeReceiver, RECEIVER_PROBES, type ReceiverAnswers } from "./judge-receiver.ts";

const HONEST: ReceiverAnswers = {
  valid: "took",
  wrong_key: "refused",
  altered_body: "refused",
  ten_minutes_old: "refused",
  no_signature: "refused",
  good_signature_first: "took",
  good_signature_last: "took",
  same_id_twice: "took",
  valid_again: "took",
};
const FORGED = ["wrong_key", "altered_body", "ten_minutes_old", "no_signature"] as const;

const answer = fc.constantFrom<ProbeAnswer>("took", "refused", "says_nothing");
const answers = fc.record(Object.fromEntries(RECEIVER_PROBES.map((probe) => [probe, answer])), { requiredKeys: [] });

const verdicts = (of: ReceiverAnswers) =>
  Object.fromEntries(Object.entries(judgeReceiver(of)).map(([probe, judged]) => [probe, judged.verdict]));

describe("judgeReceiver", () => {
  it("finds that an honest receiver verifies in everything", () => {
    expect(new Set(Object.values(verdicts(HONEST)))).toEqual(new Set(["verifies"]));
  });

  it.each(FORGED)("names the one forgery that is taken: %s", (probe) => {
    const judged = judgeReceiver({ ...HONEST, [probe]: "took" });
    expect(judged[probe].verdict).toBe("accepts_forged");
    for (const other of FORGED.filter((one) => one !== probe)) expect(judged[other].verdict).toBe("verifies");
  });

  it.each(["good_signature_first", "good_signature_last"] as const)("sees what breaks on rotation: %s", (probe) => {
    expect(verdicts({ ...HONEST, [probe]: "refused" })).toMatchObject({ [probe]: "breaks_on_rotation" });
  });

  it("blames nobody who answers before verifying: every forgery was taken", () => {
    const early = { ...HONEST, ...Object.fromEntries(FORGED.map((probe) => [probe, "took" as const])) };
    const { valid, ...others } = verdicts(early);
    expect([valid, new Set(Object.values(others))]).toEqual(["verifies", new Set(["inconclusive"])]);
  });

  it("blames no receiver for a gateway that refuses everything, or from some time on", () => {
    const refusing = Object.fromEntries(RECEIVER_PROBES.map((probe) => [probe, "refused" as const]));
    expect(new Set(Object.values(verdicts(refusing)))).toEqual(new Set(["inconclusive"]));
    const banned = verdicts({ ...HONEST, good_signature_first: "refused", valid_again: "refused" });
    expect(banned).toMatchObject({ wrong_key: "inconclusive", good_signature_first: "inconclusive" });
  });

  it("finds a repeated id that is refused worth a word, and no failure", () => {
    expect(judgeReceiver({ ...HONEST, same_id_twice: "refused" }).same_id_twice).toMatchObject({
      verdict: "inconclusive",
    });
  });

  it("never fails a receiver that did not take a valid request, nor for an answer that says nothing", () => {
    fc.assert(
      fc.property(answers, (given: ReceiverAnswers) => {
        const judged = judgeReceiver(given);
        for (const probe of RECEIVER_PROBES) {
          const isFailure =
            judged[probe].verdict === "accepts_forged" || judged[probe].verdict === "breaks_on_rotation";
          if (given.valid !== "took" || given[probe] === undefined || given[probe] === "says_nothing") {
            expect(isFailure, probe).toBe(false);
          }
          if (judged[probe].verdict === "accepts_forged") {
            expect(FORGED.some((other) => given[other] === "refused")).toBe(true);
          }
        }
      }),
    );
  });
});
