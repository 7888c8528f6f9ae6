/**
 * A database that tells where the engine stands by the statements it sends: before one leaves, while it is on its way,
 * and when its commit is known. Adds nothing to what is sent and changes nothing of what comes back.
 */
import type { Database, Queryable, Statement } from "../../src/db/database.ts";
import type { ServerPoint } from "./crash-points.ts";

type Reached = (point: ServerPoint) => void;

export function watchStatements(database: Database, reached: Reached): Database {
  return {
    ...database,
    query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
      beforeStatement(statement, reached);
      const answer = database.query<Row>(statement, parameters);
      if (statement.name === "store-events") whileSent(answer, () => reached("store sent"));
      if (statement.name === "record-attempts") whileSent(answer, () => reached("record sent"));
      return statement.name === "rescue-leases" ? afterRescue(answer, parameters, reached) : answer;
    },
    async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
      let hasMoved = false;
      const result = await database.transaction((transaction) =>
        work({
          script: (text) => transaction.script(text),
          async query<Row extends object>(statement: Statement, parameters: readonly unknown[]) {
            beforeStatement(statement, reached);
            const answer = transaction.query<Row>(statement, parameters);
            if (statement.name === "record-attempts") whileSent(answer, () => reached("record sent"));
            const rows = await answer;
            if (rows.length === 0) return rows;
            if (statement.name === "lease-from-lanes") reached("claim written");
            if (statement.name === "record-attempts") reached("record written");
            if (statement.name === "requeue-deliveries") {
              hasMoved = true;
              reached("resend written");
            }
            return rows;
          },
        }),
      );
      if (hasMoved) reached("resend committed");
      return result;
    },
  };
}

function beforeStatement({ name }: Statement, reached: Reached): void {
  if (name === "store-events") reached("publish received");
}

/** Two turns of the event loop later the statement has left this thread; unless its answer is here it is on its way. */
function whileSent(answer: Promise<unknown>, isUnderWay: () => void): void {
  let isAnswered = false;
  const end = (): void => {
    isAnswered = true;
  };
  answer.then(end, end);
  setImmediate(() =>
    setImmediate(() => {
      if (!isAnswered) isUnderWay();
    }),
  );
}

/** The third parameter names the node that goes by itself. */
async function afterRescue<Row extends object>(
  answer: Promise<Row[]>,
  [, , nodeId]: readonly unknown[],
  reached: Reached,
): Promise<Row[]> {
  const rows = await answer;
  if (typeof nodeId === "number") reached("drain released");
  else if (rows.some((row) => "deliveries" in row && Number(row.deliveries) > 0)) reached("rescue committed");
  return rows;
}
