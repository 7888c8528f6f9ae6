/** Ends a verb whose input has mistakes, naming all of them at once. */
import { CoreError, type InputProblem } from "./core-error.ts";

/** Throws `validation_failed` unless `problems` is empty. */
export function refuseProblems(problems: readonly InputProblem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` There are ${others.length} more mistakes.`;
  throw new CoreError("validation_failed", `${first.message}${more}`, { problems });
}
