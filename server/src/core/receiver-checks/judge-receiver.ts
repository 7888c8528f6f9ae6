/**
 * The verdicts of a receiver check (pure). An answer to a forged request means something only beside the answer to a
 * valid one, and only where the receiver refuses at least some forgery: who takes everything may verify later, and who
 * refuses everything may be a gateway. Both are inconclusive; nobody is blamed for what was not seen.
 */
import type { ProbeAnswer } from "../probes/probe-answer.ts";

/** In the order in which they are sent: nothing after `valid` is, unless the receiver took that. */
export const RECEIVER_PROBES = [
  "valid",
  "wrong_key",
  "altered_body",
  "ten_minutes_old",
  "no_signature",
  "good_signature_first",
  "good_signature_last",
  "same_id_twice",
  "valid_again",
] as const;
export type ReceiverProbe = (typeof RECEIVER_PROBES)[number];

const FORGED: ReadonlySet<ReceiverProbe> = new Set(["wrong_key", "altered_body", "ten_minutes_old", "no_signature"]);

export const PROBE_VERDICTS = ["verifies", "accepts_forged", "breaks_on_rotation", "inconclusive"] as const;
export type ProbeVerdict = (typeof PROBE_VERDICTS)[number];

export interface JudgedProbe {
  readonly verdict: ProbeVerdict;
  /** For people: what the answer means, and what to do. */
  readonly reason: string;
}

export type ReceiverAnswers = Readonly<Partial<Record<ReceiverProbe, ProbeAnswer>>>;

/** `answers` holds what was sent; a probe that is missing was not. */
export function judgeReceiver(answers: ReceiverAnswers): Readonly<Record<ReceiverProbe, JudgedProbe>> {
  const general = findGeneralDoubt(answers);
  const judged = RECEIVER_PROBES.map((probe) => [probe, judgeProbe(probe, answers[probe], general)]);
  return Object.fromEntries(judged) as Record<ReceiverProbe, JudgedProbe>;
}

/** Why no answer of this receiver can be judged; null where they can. */
function findGeneralDoubt(answers: ReceiverAnswers): string | null {
  if (answers.valid !== "took") {
    return "The receiver did not take a valid request, so its other answers say nothing of how it verifies.";
  }
  const forged = new Set([...FORGED].map((probe) => answers[probe]));
  if (forged.has("took") && !forged.has("refused")) {
    return "The receiver refused no forgery: either it does not verify, or it answers first and verifies later. Only its owner can tell: look whether the forged events were worked on.";
  }
  if (answers.valid_again !== undefined && answers.valid_again !== "took") {
    return "The receiver took a valid request at first and not at the end: something before it may have begun to refuse everything.";
  }
  return null;
}

function judgeProbe(probe: ReceiverProbe, answer: ProbeAnswer | undefined, general: string | null): JudgedProbe {
  if (answer === undefined) return inconclusive("It was not sent: an earlier answer made it pointless.");
  if (probe === "valid" && answer === "took") return verifies("The receiver takes a valid request.");
  if (general !== null) return inconclusive(general);
  if (answer === "says_nothing") {
    return inconclusive("The answer came from something other than the verification, or did not come.");
  }
  if (FORGED.has(probe))
    return answer === "took" ? acceptsForged(probe) : verifies("The receiver refuses the forgery.");
  return judgeGenuine(probe, answer);
}

/** Of requests that are valid, and that a receiver has to take. */
function judgeGenuine(probe: ReceiverProbe, answer: "took" | "refused"): JudgedProbe {
  switch (probe) {
    case "good_signature_first":
    case "good_signature_last":
      if (answer === "took") return verifies("The receiver finds the good signature among two.");
      return {
        verdict: "breaks_on_rotation",
        reason:
          "The receiver refuses a valid signature beside another one. During the overlap of a rotation it would refuse every delivery: compare each signature of the header, and accept when one of them fits.",
      };
    case "same_id_twice":
      if (answer === "took") {
        return verifies("The receiver takes a repeated id. Whether it works on it once only its owner can tell.");
      }
      return inconclusive(
        "The receiver refuses a repeated id. A delivery whose answer got lost would be sent again and again: answer 2xx to an id that was handled before.",
      );
    default:
      return answer === "took"
        ? verifies("The receiver takes a valid request.")
        : inconclusive("The receiver refuses a valid request.");
  }
}

function acceptsForged(probe: ReceiverProbe): JudgedProbe {
  return {
    verdict: "accepts_forged",
    reason: `The receiver refuses other forgeries, but takes this one. ${REMEDY[probe] ?? ""}`,
  };
}

const REMEDY: Readonly<Partial<Record<ReceiverProbe, string>>> = {
  wrong_key: "Compare the signature with one computed from the endpoint's own secret.",
  altered_body: "Compute the signature over the raw bytes of the body, before anything parses it.",
  ten_minutes_old: "Refuse a timestamp more than five minutes from the receiver's clock, or a request can be replayed.",
  no_signature: "Refuse a request without the signature header.",
};

function verifies(reason: string): JudgedProbe {
  return { verdict: "verifies", reason };
}

function inconclusive(reason: string): JudgedProbe {
  return { verdict: "inconclusive", reason };
}
