/**
 * Lets a few password hashes be computed at once on this node, a few more wait, and refuses the rest at once. A hash is
 * slow by intent (some 35 ms and 19 MiB): without this bound, guessing passwords would be a way to stop the server.
 */
import { CoreError } from "../errors/core-error.ts";

export interface PasswordQueue {
  /** Runs `work` in its turn. Throws `rate_limited`, without having run it, when too many wait. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** As many as the thread pool of Node has threads. */
const RUNNING_MAX = 4;
/** The last of them waits for a quarter of a second or so. */
const WAITING_MAX = 16;
const RETRY_AFTER_SECONDS = 1;

export function createPasswordQueue(): PasswordQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function takeTurn(): Promise<void> {
    if (running < RUNNING_MAX) {
      running += 1;
      return;
    }
    if (waiting.length >= WAITING_MAX) {
      throw new CoreError("rate_limited", "Too many passwords are being checked. Try again in a moment.", {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    await new Promise<void>((resolve) => void waiting.push(resolve));
  }

  /** Who waits longest takes the place over, so `running` does not change. */
  function endTurn(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    async run(work) {
      await takeTurn();
      try {
        return await work();
      } finally {
        endTurn();
      }
    },
  };
}
