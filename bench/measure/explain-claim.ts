/**
 * The claim as the database plans and runs it now: the server's own verb, each of its statements run once more with
 * `explain (analyze, buffers)` first, in a transaction that is rolled back.
 */
import { createFakeClock } from "../../devkit/fake-clock.ts";
import type { Database, Queryable } from "../../server/src/db/database.ts";
import { WHOLE_CAP } from "../../server/src/pipeline/dispatch/cap-share.ts";
import { claimDueDeliveries } from "../../server/src/pipeline/dispatch/claim-due-deliveries.ts";

export interface ExplainedClaim {
  /** Of all statements. */
  readonly milliseconds: number;
  /** Pages that were looked at. */
  readonly pages: number;
  readonly plan: readonly string[];
}

/** Looks for a lane that no claim of the server holds in that moment, where one is due. */
const MAX_LOOKS = 100;
const ROOM = 256;
const CAP = 64;
/** Of no node that ever was. */
const LEASE = 1;

class RolledBack extends Error {}

/** `isDue`: a lane should be, so that the claim has something to read. */
export async function explainClaim(
  database: Database,
  { now, isDue }: { readonly now: Date; readonly isDue: boolean },
): Promise<ExplainedClaim> {
  for (let look = 1; ; look += 1) {
    const plans = await explainOnce(database, now);
    if (!isDue || plans.length > 1 || look === MAX_LOOKS) return toExplained(plans);
  }
}

/** A plan of each statement. */
async function explainOnce(database: Database, now: Date): Promise<string[][]> {
  const plans: string[][] = [];
  const explaining: Pick<Database, "transaction"> = {
    transaction: (work) =>
      database.transaction(async (transaction) => {
        await work(explainEach(transaction, plans));
        throw new RolledBack();
      }),
  };
  try {
    await claimDueDeliveries({
      database: Object.assign(Object.create(database) as Database, explaining),
      clock: createFakeClock(now),
      nextLease: () => LEASE,
      room: ROOM,
      defaultMaxInFlight: CAP,
      capShare: WHOLE_CAP,
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return plans;
}

function toExplained(plans: readonly (readonly string[])[]): ExplainedClaim {
  const lines = plans.flat();
  return {
    milliseconds: lines.reduce((sum, line) => sum + Number(/^Execution Time: ([\d.]+) ms/.exec(line)?.[1] ?? 0), 0),
    // The first line with buffers is the topmost node's: it counts what is below.
    pages: plans.reduce((sum, plan) => sum + Number(/shared hit=(\d+)/.exec(plan.join("\n"))?.[1] ?? 0), 0),
    plan: lines,
  };
}

function explainEach(transaction: Queryable, plans: string[][]): Queryable {
  return {
    async query(statement, parameters) {
      const { name, text } = statement;
      const explained = { name: `bench-explain-${name}`, text: `explain (analyze, buffers) ${text}` };
      const rows = await transaction.query<{ "QUERY PLAN": string }>(explained, parameters);
      plans.push(rows.map((row) => row["QUERY PLAN"]));
      return transaction.query(statement, parameters);
    },
    script: (text) => transaction.script(text),
  };
}
