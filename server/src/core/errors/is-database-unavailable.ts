/**
 * Tells a database that cannot do its work now from one that refused a statement for what it says: the first is worth
 * another try by the caller, the second is a fault of ours.
 */
import { DatabaseError } from "../../db/database.ts";

/**
 * SQLSTATE class 08 (connection), 53 (disk full, out of memory, too many connections), 58 (its disk fails), 57P0x
 * (shutdown, crash, start); 57014 and 55P03 (held up for too long), 25006 (takes no writes), 25P03 (we were held up),
 * 40001 and 40P01 (lost to others, again and again).
 */
const UNAVAILABLE = /^(08|53|58|57P0|57014|55P03|25006|25P03|40001|40P01)/;

export function isDatabaseUnavailable(error: unknown): boolean {
  return error instanceof DatabaseError && UNAVAILABLE.test(error.code);
}
