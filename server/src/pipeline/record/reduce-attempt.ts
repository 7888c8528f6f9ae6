/**
 * What is still recorded of an attempt that the database refused as it was (pure): first everything but what the
 * receiver said, then only what became of the delivery. Written against one answer that no column takes holding up
 * every other attempt, and a delivery that was accepted being sent again because of it.
 */
import { DatabaseError } from "../../db/database.ts";
import type { AttemptRecord, FinishedAttempt } from "./finished-attempt.ts";

const NO_PARTITION = "23514";
const WITHOUT_ANSWER = "What the receiver answered could not be stored.";

/** Whether it was a value that was refused: class 22 (data exception) or 23 (a constraint), which trying again meets again. */
export function isValueRefused(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  // A missing partition is reported like a violated check, but of no constraint; maintenance makes it.
  if (error.code === NO_PARTITION && error.constraint === undefined) return false;
  return error.code.startsWith("22") || error.code.startsWith("23");
}

/** Null when there is nothing left to leave out. */
export function reduceAttempt(finished: FinishedAttempt): FinishedAttempt | null {
  const { attempt } = finished;
  if (attempt === null) return null;
  if (attempt.reason === WITHOUT_ANSWER) return { ...finished, attempt: null, heldClass: attempt.class };
  const reduced = withoutAnswer(attempt);
  return {
    ...finished,
    attempt: reduced,
    health: { ...finished.health, class: reduced.class === null ? null : "internal_error" },
  };
}

function withoutAnswer(attempt: AttemptRecord): AttemptRecord {
  return {
    ...attempt,
    class: attempt.outcome === "accepted" ? null : "internal_error",
    answer: null,
    tls: null,
    reason: WITHOUT_ANSWER,
  };
}
