/**
 * The inbox stage: what products published inside their own transactions and committed goes on to the store stage, in
 * micro-batches. A row is stored and taken out in one transaction, so it is stored exactly once, whatever is killed
 * when; several nodes take at once and pass each other over.
 *
 * No row can hold up the others: what is refused is set aside in the same transaction. Where the database refuses a
 * whole batch for what one row holds, as many rows are taken one by one, and the one that is refused then is set aside.
 * Whatever else fails is left to the next run.
 */
import type { Clock } from "../../db/clock.ts";
import { type Database, DatabaseError } from "../../db/database.ts";
import { deleteFromInbox } from "../../db/queries/delete-from-inbox.ts";
import { hasInboxRows } from "../../db/queries/has-inbox-rows.ts";
import { type InboxRow, lockInbox } from "../../db/queries/lock-inbox.ts";
import { setInboxAside } from "../../db/queries/set-inbox-aside.ts";
import { scanJson } from "../publish/scan-json.ts";
import type { EventStore, Taking } from "../store/event-store.ts";
import type { StoreRequest } from "../store/store-request.ts";
import type { SetAside } from "./set-aside.ts";

export interface InboxTakerSettings {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: Pick<EventStore, "storeTaken">;
  readonly onSetAside: (rows: readonly SetAside[]) => void;
}

/** As much as one commit of publishes takes. */
const BATCH_ROWS = 500;
const BATCH_BYTES = 8 * 1024 * 1024;
/** SQLSTATE classes of what is wrong with a row and will be again: data exceptions, violated constraints. */
const POISON = /^2[23]/;

export class InboxTaker {
  readonly #settings: InboxTakerSettings;
  #closed = false;
  /** Rows that are to be taken one by one. */
  #suspects = 0;

  constructor(settings: InboxTakerSettings) {
    this.#settings = settings;
  }

  /** Takes until nothing is left or it is closed. Resolves to how many rows went. Throws what the database threw. */
  async runOnce(): Promise<number> {
    if (!(await hasInboxRows(this.#settings.database))) return 0;
    let sum = 0;
    while (!this.#closed) {
      const rows = await this.#takeBatch();
      if (rows === null) continue;
      if (rows === 0) break;
      sum += rows;
    }
    return sum;
  }

  /** Takes nothing more; what is being taken is stored. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves to how many rows went; null where the batch was rolled back and is to be taken one by one. */
  async #takeBatch(): Promise<number | null> {
    let rows: readonly InboxRow[] = [];
    let aside: readonly SetAside[] = [];
    try {
      await this.#settings.store.storeTaken({
        take: async (transaction) => {
          rows = await lockInbox(transaction, { rows: this.#suspects > 0 ? 1 : BATCH_ROWS, bytes: BATCH_BYTES });
          return rows.filter(isSound).map(toRequest);
        },
        settle: async (transaction, outcomes) => {
          if (rows.length === 0) return;
          aside = toSetAsides(rows, outcomes);
          if (aside.length > 0) {
            await setInboxAside(transaction, { problems: aside, now: this.#settings.clock.now() });
          }
          await deleteFromInbox(transaction, { ids: rows.map(({ id }) => id) });
        },
      });
    } catch (error) {
      if (!(error instanceof DatabaseError) || !POISON.test(error.code)) throw error;
      return this.#isolate(rows, error);
    }
    this.#suspects = Math.max(0, this.#suspects - 1);
    if (aside.length > 0) this.#settings.onSetAside(aside);
    return rows.length;
  }

  async #isolate(rows: readonly InboxRow[], error: DatabaseError): Promise<number | null> {
    const [only] = rows;
    if (only === undefined) throw error;
    if (rows.length > 1) {
      this.#suspects = rows.length;
      return null;
    }
    this.#suspects = Math.max(0, this.#suspects - 1);
    const aside = toSetAside(only, "cannot_be_stored", error.code);
    const { database, clock, onSetAside } = this.#settings;
    const gone = await setInboxAside(database, { problems: [aside], now: clock.now() });
    if (gone.length > 0) onSetAside([aside]);
    return 1;
  }
}

/** The function checks all of it; where PostgreSQL reads JSON otherwise than the scanner does, the scanner counts. */
function isSound({ data }: InboxRow): boolean {
  return scanJson(data, []) === null;
}

/** One request a row, so that one that is refused takes no other with it. The function has claimed its key already. */
function toRequest(row: InboxRow): StoreRequest {
  const { id, type, data, channels } = row;
  return {
    tenantId: row.tenant_id,
    tenantNumber: row.tenant_number,
    keyId: null,
    source: "publish",
    events: [{ type, data, channels, id: null, givenId: id }],
    targetEndpointId: null,
    idempotency: null,
  };
}

/** The outcomes are of the sound rows, in their order. */
function toSetAsides(rows: readonly InboxRow[], outcomes: Parameters<Taking["settle"]>[1]): SetAside[] {
  const unsound = rows.filter((row) => !isSound(row)).map((row) => toSetAside(row, "malformed_json", ""));
  const refused = rows.filter(isSound).flatMap((row, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined || outcome === "conflict") throw new Error("The store statement said nothing of a row.");
    return outcome.kind === "refused" ? [toSetAside(row, outcome.problem, outcome.detail)] : [];
  });
  return [...unsound, ...refused];
}

function toSetAside({ id, tenant_id }: InboxRow, problem: string, detail: string): SetAside {
  return { id, tenantId: tenant_id, problem, detail };
}
