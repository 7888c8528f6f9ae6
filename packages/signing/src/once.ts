/**
 * Handles each event once, although it may be delivered twice: the receiver's own record of ids decides, and it is
 * written before the work begins. A look first and a write afterwards would let two deliveries of one event through
 * together.
 *
 * Three ways to lose an event, and what stands against each:
 * - The work fails after its id was written: `release` takes the id back, so the sender's next try is handled.
 * - A second delivery arrives while the first is at work, is answered "done before", and then the first fails. It is not
 *   answered as done: `insert` says `in_progress`, and EventInProgressError asks the sender to come again.
 * - The process dies between the id and the end of the work. In one transaction with the work there is no between; with
 *   claims (work outside the database), a claim ends by itself, and the next try takes it over.
 */

import { EventInProgressError } from "./errors/event-in-progress-error.ts";

/**
 * True or `new`: the id was not there and is now. False or `done`: the event was handled before. `in_progress`: somebody
 * has claimed it and has not finished; an insert that waits for the other transaction never needs to say so.
 */
export type InsertAnswer = boolean | "new" | "done" | "in_progress";

export interface HandleOnceOptions<Result> {
  /** The event's id: the same at every try of it. */
  readonly id: string;
  /**
   * Writes the id, in one statement that the database's unique index decides. `claim` is random and new with each call:
   * stored beside the id, it keeps a process that was away for long from releasing or finishing another's claim.
   */
  insert(id: string, claim: string): Promise<InsertAnswer>;
  /** The work. Where it throws, the event counts as not handled. */
  handle(): Promise<Result>;
  /** Marks the claim as done. Not needed where the commit of the transaction does it. */
  finish?(id: string, claim: string): Promise<void>;
  /** Takes the id back after a failure. Not needed where the rollback of the transaction does it. */
  release?(id: string, claim: string): Promise<void>;
}

export type HandledOnce<Result> =
  | { readonly duplicate: false; readonly result: Result }
  /** Handled before: answer 2xx, and do nothing. */
  | { readonly duplicate: true };

/**
 * Throws what `handle` throws, after the release; EventInProgressError, to be answered 503. Where the release fails too,
 * the error of the work is thrown with that of the release as `suppressed`.
 */
export async function handleOnce<Result>(options: HandleOnceOptions<Result>): Promise<HandledOnce<Result>> {
  const { id } = options;
  const claim = globalThis.crypto.randomUUID();
  switch (await options.insert(id, claim)) {
    case false:
    case "done":
      return { duplicate: true };
    case "in_progress":
      throw new EventInProgressError(id);
    case true:
    case "new":
      break;
  }
  const result = await handleOrRelease(options, claim);
  // When this fails nobody knows whether it was written, so nothing is released: if it was not, the claim ends by itself.
  await options.finish?.(id, claim);
  return { duplicate: false, result };
}

async function handleOrRelease<Result>(options: HandleOnceOptions<Result>, claim: string): Promise<Result> {
  try {
    return await options.handle();
  } catch (error) {
    await release(options, claim, error);
    throw error;
  }
}

/** A release that fails must not hide why the work failed. */
async function release(options: HandleOnceOptions<unknown>, claim: string, cause: unknown): Promise<void> {
  try {
    await options.release?.(options.id, claim);
  } catch (error) {
    if (cause instanceof Error) Object.assign(cause, { suppressed: error });
  }
}
