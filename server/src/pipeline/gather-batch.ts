/**
 * Decides when a micro-batch is large enough to be worth a commit. What comes in one turn of the event loop always
 * shares it. Beyond that a batch waits a few milliseconds only while it is less than half of the last one: callers
 * that are answered together come back together, and without the wait the first of them would get a commit alone, and
 * every second commit would be nearly empty. A lone caller never waits.
 */

/** Resolves when `waiting()` has reached half of `lastBatch`, or after `maxMs` turns of a millisecond. */
export async function gatherBatch(input: {
  readonly waiting: () => number;
  readonly lastBatch: number;
  readonly maxMs: number;
}): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < input.maxMs && input.waiting() * 2 < input.lastBatch; turn += 1) {
    await new Promise<void>((resolve) => setTimeout(resolve, 1));
  }
}
