/** Publishes in a transaction of Drizzle over PostgreSQL. */
import { type PublishInput, toArguments } from "./publish-input.ts";
import { readEventId } from "./read-event-id.ts";

export interface DrizzleTransaction<Statement> {
  execute(statement: Statement): PromiseLike<unknown>;
}

/** Drizzle's tag `sql`, so that this package needs no copy of Drizzle. */
export interface DrizzleSql<Statement> {
  (strings: TemplateStringsArray, ...values: unknown[]): Statement;
  /** One parameter, which Drizzle would take for a list where it is an array. */
  param(value: unknown): unknown;
}

/** Resolves to the event's id. Throws PublishError, TypeError, and what the driver throws. */
export async function publish<Statement>(
  transaction: DrizzleTransaction<Statement>,
  sql: DrizzleSql<Statement>,
  input: PublishInput,
): Promise<string> {
  const [tenant, type, data, channels, key] = toArguments(input);
  const statement = sql`select posthorn.publish(${tenant}::text, ${type}::text, ${data}::text, ${sql.param(channels)}::text[], ${key}::text) as id`;
  return readEventId(async () => rowsOf(await transaction.execute(statement)));
}

/** pg gives a result that has rows, postgres.js the rows themselves. */
function rowsOf(result: unknown): unknown {
  return typeof result === "object" && result !== null && "rows" in result ? result.rows : result;
}
