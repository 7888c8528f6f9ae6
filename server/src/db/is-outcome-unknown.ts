/**
 * Tells a commit of which nobody knows whether it happened from one that did not: its connection was lost, or ended by
 * the server, before the answer came. Whatever the server itself refused is rolled back, and a connection that was
 * never had carried nothing.
 */
import { DatabaseError } from "./database.ts";

/** SQLSTATE 08006 (connection failure), 08007 (transaction resolution unknown), 57P01 and 57P02 (shutdown, crash). */
const UNKNOWN: ReadonlySet<string> = new Set(["08006", "08007", "57P01", "57P02"]);

export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof DatabaseError && UNKNOWN.has(error.code);
}
