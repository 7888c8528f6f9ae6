/** Publishes in the transaction of a client of `pg`. */
import { type PublishInput, toArguments } from "./publish-input.ts";
import { readEventId } from "./read-event-id.ts";

/** A `Client` or `PoolClient` inside `begin` and `commit`. Not a `Pool`, which runs each query wherever it likes. */
export interface PgClient {
  query(text: string, values: unknown[]): PromiseLike<{ readonly rows: readonly unknown[] }>;
}

const TEXT = "select posthorn.publish($1::text, $2::text, $3::text, $4::text[], $5::text) as id";

/** Resolves to the event's id. Throws PublishError, TypeError, and what `pg` throws. */
export async function publish(client: PgClient, input: PublishInput): Promise<string> {
  const values = [...toArguments(input)];
  return readEventId(async () => (await client.query(TEXT, values)).rows);
}
