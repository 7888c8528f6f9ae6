/**
 * Counts the operations that run on a database, so that closing can let them end and refuse new ones.
 * Both databases close the same way: what was begun ends, what comes later is refused with 08003.
 */
import { DatabaseError } from "./database.ts";

export interface InFlightCount {
  /** Runs `work`, counted. Throws DatabaseError 08003 once closed. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses new work from now on; resolves when none runs. */
  close(): Promise<void>;
  readonly closed: boolean;
  /** Operations that run or wait now. */
  readonly running: number;
}

export function createInFlightCount(): InFlightCount {
  const idle = Promise.withResolvers<void>();
  let running = 0;
  let closed = false;

  return {
    async run(work) {
      if (closed) throw new DatabaseError("the database is closed", { code: "08003" });
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (closed && running === 0) idle.resolve();
      }
    },
    async close() {
      closed = true;
      if (running > 0) await idle.promise;
    },
    get closed() {
      return closed;
    },
    get running() {
      return running;
    },
  };
}
