/**
 * The script that makes an outbox in a product's own database: a function `posthorn.publish` of the same form as the
 * one beside Posthorn's tables, which inserts into a table that the relay empties. The checks are cut from the
 * migration, so that both databases refuse the same.
 */
import { readFile } from "node:fs/promises";

/** Both lie beside `src/` and `dist/`. */
const MIGRATION = new URL("../../../migrations/000012_inbox.sql", import.meta.url);
const OUTBOX = new URL("../../../outbox/outbox.sql", import.meta.url);
const BEGIN = "-- checks: begin\n";
const END = "-- checks: end\n";

const HEAD = `-- The outbox of Posthorn, for a database without Posthorn's tables: PostgreSQL 15 or newer. Run it once, as the owner
-- of what it makes. Made by posthorn outbox sql.
begin;
create schema if not exists posthorn;

`;

export async function outboxSql(): Promise<string> {
  const [migration, outbox] = await Promise.all([readFile(MIGRATION, "utf8"), readFile(OUTBOX, "utf8")]);
  const begin = migration.indexOf(BEGIN);
  const end = migration.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("The migration of the inbox has no checks.");
  return HEAD + migration.slice(begin + BEGIN.length, end) + outbox;
}
