/**
 * Stores one publish in a transaction of its own: one that claims several deduplication keys, or that met a taken key
 * in a batch. Either all its keys were free and it is stored, or nothing is written and the earlier answers decide:
 * what they cover is left out, and the rest is stored. Its Idempotency-Key keeps the answer of the whole.
 */
import type { Database } from "../../db/database.ts";
import { findPublishKeys } from "../../db/queries/find-publish-keys.ts";
import { keepPublishAnswer } from "../../db/queries/keep-publish-answer.ts";
import { storeEvents } from "../../db/queries/store-events.ts";
import type { StoreRow } from "../../db/queries/store-rows.ts";
import { buildStoreBatch, type BatchSettings, IDEMPOTENCY_MS } from "./build-store-batch.ts";
import { settleConflict } from "./settle-conflict.ts";
import type { StoredEvent, StoreOutcome, StoreRequest } from "./store-request.ts";
import { toOutcomes } from "./to-outcomes.ts";

/** Keys can come and go between two reads; more often than this is a bug. */
const MAX_ROUNDS = 5;

export interface StoredAlone {
  readonly outcome: StoreOutcome;
  readonly rows: readonly StoreRow[];
  /** The part of the request that the rows speak of. */
  readonly request: StoreRequest;
}

/** What of a request is still to be stored, and how its answer is put together with what was stored before. */
interface Rest {
  readonly request: StoreRequest;
  readonly merge: ((stored: readonly StoredEvent[]) => readonly StoredEvent[]) | null;
}

export async function storeAlone(
  database: Database,
  request: StoreRequest,
  settings: BatchSettings,
): Promise<StoredAlone> {
  let rest: Rest = { request, merge: null };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const stored = await storeWholeOrNothing(database, rest, settings);
    if (stored !== null) return stored;
    const taken = await findPublishKeys(database, { ...keysOf(rest.request), now: settings.now });
    const settlement = settleConflict(rest.request, taken);
    if (settlement.kind === "settled") return { outcome: settlement.outcome, rows: [], request: rest.request };
    if (settlement.kind === "rest") rest = joined(rest, settlement);
  }
  throw new Error("The deduplication keys of a publish did not come to rest.");
}

/** null: some of its keys were taken, and the transaction was rolled back. */
async function storeWholeOrNothing(
  database: Database,
  rest: Rest,
  settings: BatchSettings,
): Promise<StoredAlone | null> {
  try {
    return await database.transaction(async (transaction) => {
      const { request, merge } = rest;
      const rows =
        request.events.length === 0 ? [] : await storeEvents(transaction, buildStoreBatch([request], settings));
      const outcome = request.events.length === 0 ? NOTHING_NEW : toOutcomes([request], rows)[0];
      if (outcome === undefined) throw new Error("The store statement said nothing of a publish.");
      if (outcome === "conflict") throw new Taken();
      if (outcome.kind === "refused" || merge === null) return { outcome, rows, request };
      const events = merge(outcome.events);
      if (request.idempotency !== null) {
        const kept = await keepPublishAnswer(transaction, {
          ...request.idempotency,
          tenantId: request.tenantId,
          answer: events,
          storedIds: outcome.events.map(({ id }) => id),
          expiresAt: new Date(settings.now.getTime() + IDEMPOTENCY_MS),
          now: settings.now,
        });
        if (!kept) throw new Taken();
      }
      return { outcome: { ...outcome, events }, rows, request };
    });
  } catch (error) {
    if (error instanceof Taken) return null;
    throw error;
  }
}

/** Every event of the request was stored before. */
const NOTHING_NEW: StoreOutcome = { kind: "repeated", events: [] };

class Taken extends Error {}

function joined(
  outer: Rest,
  inner: { readonly request: StoreRequest; readonly merge: NonNullable<Rest["merge"]> },
): Rest {
  const { merge } = outer;
  return {
    request: inner.request,
    merge: merge === null ? inner.merge : (stored) => merge(inner.merge(stored)),
  };
}

function keysOf(request: StoreRequest): { tenantId: string; kinds: string[]; keys: string[] } {
  const { tenantId, idempotency } = request;
  const ids = request.events.flatMap((event) => (event.id === null ? [] : [event.id.key]));
  const kinds = ids.map(() => "id");
  if (idempotency === null) return { tenantId, kinds, keys: ids };
  return { tenantId, kinds: [...kinds, "idempotency"], keys: [...ids, idempotency.key] };
}
