/**
 * When a delivery that nothing else holds back is tried (pure). Each wait is drawn within its jitter, so a try has an
 * earliest and a latest time: those that the decider gives for the least and the greatest chance, one after the other.
 * Where the end of the outage lies between them, the try may fail or succeed; what follows is what follows a failure.
 */
import type { SimulatedDelivery, SimulatedTry } from "../../core/simulations/scenario.ts";
import type { SimulatedRules } from "./simulated-rules.ts";

const LEAST = 0;
/** Chance is below 1. */
const GREATEST = 1 - Number.EPSILON / 2;

export function rangeOfTries(rules: SimulatedRules, madeMs: number): SimulatedDelivery {
  const { endMs, failedMs, answerMs, decide } = rules;
  const tries: SimulatedTry[] = [];
  const ends = { earliest: Infinity, latest: -Infinity, succeeded: false, exhausted: false };
  const end = (how: "succeeded" | "exhausted", earliest: number, latest: number): void => {
    ends[how] = true;
    ends.earliest = Math.min(ends.earliest, earliest);
    ends.latest = Math.max(ends.latest, latest);
  };
  let [earliest, latest, attempts, deferrals] = [madeMs, madeMs, 0, 0];
  for (;;) {
    const outcome = latest < endMs ? "fails" : earliest < endMs ? "may_fail" : "succeeds";
    const number = attempts + deferrals + 1;
    tries.push({ number, earliestAt: new Date(earliest), latestAt: new Date(latest), outcome });
    if (outcome !== "fails") end("succeeded", Math.max(earliest, endMs) + answerMs, latest + answerMs);
    if (outcome === "succeeds") break;
    const lastMs = Math.min(latest, endMs - 1);
    const attempt = { failed: true, attempts, deferrals, endpoint: "active" } as const;
    const soonest = decide({ ...attempt, endedMs: earliest + failedMs, random: LEAST });
    const last = decide({ ...attempt, endedMs: lastMs + failedMs, random: GREATEST });
    if (!("at" in soonest) || !("at" in last)) {
      end("exhausted", earliest + failedMs, lastMs + failedMs);
      break;
    }
    [earliest, latest] = [soonest.at.getTime(), last.at.getTime()];
    ({ attempts, deferrals } = soonest);
  }
  return {
    madeAt: new Date(madeMs),
    tries,
    end: ends.succeeded && ends.exhausted ? "either" : ends.succeeded ? "succeeded" : "exhausted",
    endsEarliestAt: new Date(ends.earliest),
    endsLatestAt: new Date(ends.latest),
  };
}
