/**
 * Lets a verb that makes something keep its answer in its own commit, for repetitions of the request: the same
 * status, headers and bytes that are sent afterwards.
 */
import type { KeepAnswer } from "../core/idempotency/keep-answer.ts";
import type { KeepHttpAnswer } from "./idempotency.ts";

/** undefined when the request has no Idempotency-Key. `toBody` gives what the handler answers as JSON. */
export function keepAnswerOf<Answer>(
  c: { readonly var: { readonly keepAnswer: KeepHttpAnswer | undefined } },
  status: 200 | 201,
  toBody: (answer: Answer) => object,
): KeepAnswer<Answer> | undefined {
  const { keepAnswer } = c.var;
  if (keepAnswer === undefined) return undefined;
  return (transaction, answer) =>
    keepAnswer(transaction, {
      status,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(toBody(answer))),
    });
}
