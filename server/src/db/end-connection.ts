/** Ends a connection to PostgreSQL whether or not the network still carries anything. */
import type pg from "pg";

/** A server that hears the goodbye closes at once. */
export const GOODBYE_MS = 1_000;

/** Says goodbye, and closes after a moment in any case. Never rejects. */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
}
