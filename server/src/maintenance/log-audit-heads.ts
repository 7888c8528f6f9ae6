/**
 * Writes the head of every tenant's audit log into the server's log, which is kept where whoever changes the database
 * does not get at it. Against such a line `posthorn audit verify --expect` later finds what was cut from the end of the
 * log, which the database alone cannot show.
 */
import type { Database } from "../db/database.ts";
import { listAuditHeads } from "../db/queries/list-audit-heads.ts";

/** One entry of the log: each head as `--expect` takes it. */
export interface LoggedAuditHeads {
  readonly heads: readonly { readonly tenant: string; readonly tenantId: string; readonly head: string }[];
}

/** Heads in one line of the log: some ten kilobytes. */
const HEADS_A_LINE = 100;

/** Resolves to how many heads were told. */
export async function logAuditHeads({
  database,
  note,
}: {
  readonly database: Database;
  readonly note: (facts: LoggedAuditHeads) => void;
}): Promise<number> {
  let told = 0;
  let after: string | null = null;
  for (;;) {
    const rows = await listAuditHeads(database, { after, limit: HEADS_A_LINE });
    const last = rows.at(-1);
    if (last === undefined) return told;
    note({
      heads: rows.map(({ tenantId, slug, number, mac }) => ({
        tenant: slug,
        tenantId,
        head: `${number}:${Buffer.from(mac).toString("hex")}`,
      })),
    });
    told += rows.length;
    after = last.tenantId;
  }
}
