/**
 * Empties a product's outbox into Posthorn: reads committed rows, publishes them, deletes what was taken, sets aside
 * what was refused for good. The rows stay locked meanwhile, so that several relays work side by side; a relay that
 * dies lets go of them, and whoever publishes them again makes no second event, since each row's id is its event's.
 */
import type { Database } from "../../db/database.ts";
import { lockOutbox, type OutboxRow } from "../../db/queries/lock-outbox.ts";
import { settleOutbox } from "../../db/queries/settle-outbox.ts";
import { type PosthornAddress, type PublishedRows, publishRows } from "./publish-rows.ts";

export interface OutboxRelaySettings {
  readonly outbox: Database;
  readonly to: PosthornAddress;
  readonly now: () => Date;
}

export interface Relayed {
  /** Rows that were read; none of them may have been taken. */
  readonly rows: number;
  readonly taken: number;
  readonly setAside: readonly { readonly row: OutboxRow; readonly problem: string; readonly detail: string }[];
  readonly trouble: PublishedRows["trouble"];
}

/** As many events as one publish may hold. */
const BATCH_ROWS = 100;
/** With the last row on top of this, and types and channels of all, below the 1 MiB of a request. */
const BATCH_BYTES = 512 * 1024;

/** One round. Throws what the outbox's database threw; then whatever Posthorn took is published again, to no effect. */
export async function relayOnce({ outbox, to, now }: OutboxRelaySettings): Promise<Relayed> {
  return outbox.transaction(async (transaction) => {
    const rows = await lockOutbox(transaction, { rows: BATCH_ROWS, bytes: BATCH_BYTES });
    if (rows.length === 0) return { rows: 0, taken: 0, setAside: [], trouble: null };
    const tenants = Map.groupBy(rows, ({ tenant }) => tenant);
    const round = { to, nowMs: () => performance.now(), startedMs: performance.now() };
    const published = await Promise.all([...tenants.values()].map((ofTenant) => publishRows(ofTenant, round)));
    const taken = published.flatMap((one) => one.taken);
    const refused = published.flatMap((one) => one.refused);
    await settleOutbox(transaction, { taken, refused, now: now() });
    const byNumber = new Map(rows.map((row) => [row.number, row]));
    return {
      rows: rows.length,
      taken: taken.length,
      setAside: refused.flatMap(({ number, problem, detail }) => {
        const row = byNumber.get(number);
        return row === undefined ? [] : [{ row, problem, detail }];
      }),
      trouble: published.find(({ trouble }) => trouble !== null)?.trouble ?? null,
    };
  });
}
