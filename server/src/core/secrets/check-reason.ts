/** Why somebody does something, as it goes into the audit log: a short text, optional everywhere. */
import type { InputProblem } from "../errors/core-error.ts";

export const REASON_CHARACTERS_MAX = 500;

export function checkReason(reason: string | undefined, path: string): InputProblem[] {
  if (reason === undefined || reason.length <= REASON_CHARACTERS_MAX) return [];
  return [{ path, code: "too_long", message: `A reason has at most ${REASON_CHARACTERS_MAX} characters.` }];
}
