/**
 * Keeps the answer of a request with an Idempotency-Key in the verb's own commit. For every verb that makes
 * something, above all a secret: killed before the commit, nothing was done; killed after it, a repeated request gets
 * the same answer, and nothing is made twice.
 */
import type { Queryable } from "../../db/database.ts";

/** Called by the verb as one of the last things in its transaction. */
export type KeepAnswer<Answer> = (transaction: Queryable, answer: Answer) => Promise<void>;
