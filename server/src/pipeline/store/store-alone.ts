/**
 * Stores one publish in a transaction of its own: one that claims several deduplication keys, or that met a taken key
 * in a batch. Either all its keys were free and it is stored, or nothing is written and the earlier answer decides.
 */
import type { Database } from "../../db/database.ts";
import { findPublishKeys } from "../../db/queries/find-publish-keys.ts";
import { storeEvents, type StoreRow } from "../../db/queries/store-events.ts";
import { buildStoreBatch, type BatchSettings } from "./build-store-batch.ts";
import { settleConflict } from "./settle-conflict.ts";
import type { StoredEvent, StoreOutcome, StoreRequest } from "./store-request.ts";
import { toOutcomes } from "./to-outcomes.ts";

/** Keys can come and go between two reads; more often than this is a bug. */
const MAX_ROUNDS = 5;

export async function storeAlone(
  database: Database,
  request: StoreRequest,
  settings: BatchSettings,
): Promise<{ outcome: StoreOutcome; rows: readonly StoreRow[]; request: StoreRequest }> {
  let current = request;
  let merge = (stored: readonly StoredEvent[]): readonly StoredEvent[] => stored;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const rows = await storeWholeOrNothing(database, current, settings);
    const outcome = rows === null ? "conflict" : toOutcomes([current], rows)[0];
    if (outcome !== undefined && outcome !== "conflict") {
      return { outcome: withEvents(outcome, merge), rows: rows ?? [], request: current };
    }
    const settlement = settleConflict(
      current,
      await findPublishKeys(database, { tenantId: current.tenantId, ...keysOf(current) }),
    );
    if (settlement.kind === "settled") {
      return { outcome: withEvents(settlement.outcome, merge), rows: [], request: current };
    }
    if (settlement.kind === "rest") {
      const outer = merge;
      merge = (stored) => outer(settlement.merge(stored));
      current = settlement.request;
    }
  }
  throw new Error("The deduplication keys of a publish did not come to rest.");
}

/** null: some of its keys were taken, and the transaction was rolled back. */
async function storeWholeOrNothing(
  database: Database,
  request: StoreRequest,
  settings: BatchSettings,
): Promise<StoreRow[] | null> {
  try {
    return await database.transaction(async (transaction) => {
      const rows = await storeEvents(transaction, buildStoreBatch([request], settings));
      if (rows.some((row) => row.kind === "conflict" && row.claimed > 0)) throw new PartlyTaken();
      return rows;
    });
  } catch (error) {
    if (error instanceof PartlyTaken) return null;
    throw error;
  }
}

class PartlyTaken extends Error {}

function withEvents(
  outcome: StoreOutcome,
  merge: (stored: readonly StoredEvent[]) => readonly StoredEvent[],
): StoreOutcome {
  return outcome.kind === "refused" ? outcome : { ...outcome, events: merge(outcome.events) };
}

function keysOf(request: StoreRequest): { kinds: string[]; keys: string[] } {
  const ids = request.events.flatMap((event) => (event.id === null ? [] : [event.id.key]));
  const kinds = ids.map(() => "id");
  if (request.idempotency === null) return { kinds, keys: ids };
  return { kinds: [...kinds, "idempotency"], keys: [...ids, request.idempotency.key] };
}
