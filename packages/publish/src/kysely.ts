/** Publishes in a transaction of Kysely. */
import { type PublishInput, toArguments } from "./publish-input.ts";
import { readEventId } from "./read-event-id.ts";

/** What Kysely's `sql` makes, as far as it is used here. */
export interface KyselyStatement<Transaction> {
  execute(transaction: Transaction): PromiseLike<{ readonly rows: readonly unknown[] }>;
}

/** Kysely's tag `sql`, so that this package needs no copy of Kysely. */
export type KyselySql<Transaction> = (
  strings: TemplateStringsArray,
  ...values: unknown[]
) => KyselyStatement<Transaction>;

/** Resolves to the event's id. Throws PublishError, TypeError, and what the driver throws. */
export async function publish<Transaction>(
  transaction: Transaction,
  sql: KyselySql<Transaction>,
  input: PublishInput,
): Promise<string> {
  const [tenant, type, data, channels, key] = toArguments(input);
  const statement = sql`select posthorn.publish(${tenant}::text, ${type}::text, ${data}::text, ${channels}::text[], ${key}::text) as id`;
  return readEventId(async () => (await statement.execute(transaction)).rows);
}
