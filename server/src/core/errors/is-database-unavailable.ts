/**
 * Tells a database that cannot be reached, or is starting or stopping, from one that refused a statement: the first is
 * worth another try by the caller, the second is a fault of ours.
 */
import { DatabaseError } from "../../db/database.ts";

/** SQLSTATE class 08 (connection), 57P0x (shutdown, crash, start), 53300 (too many connections). */
const UNAVAILABLE = /^(08|57P0|53300)/;

export function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof DatabaseError && UNAVAILABLE.test(error.code);
}
