/**
 * Does a commit again that lost a deadlock. Statements lock in one order (queue rows, lanes, health, endpoints), so
 * that they rarely meet; where they do, the database rolls one of them back whole, and what it waited for is free a
 * moment later.
 */
import { DatabaseError } from "./database.ts";

const DEADLOCK = "40P01";
/** Whoever loses three in a row is held up by something else. */
const MAX_TRIES = 3;

/** `commit` is one statement or one transaction. Throws what its last try threw. */
export async function againAfterDeadlock<T>(commit: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await commit();
    } catch (error) {
      if (tries === MAX_TRIES || !(error instanceof DatabaseError && error.code === DEADLOCK)) throw error;
    }
  }
}
