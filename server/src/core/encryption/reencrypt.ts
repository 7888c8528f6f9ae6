/**
 * Moves every sealed value to the current key of the ring, beside running nodes. What others change or seal meanwhile is
 * found by another pass; what cannot be opened stays as it is and is told.
 */
import type { Queryable } from "../../db/database.ts";
import { countKeyUses } from "../../db/queries/count-key-uses.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SealedStore } from "./sealed-store.ts";

export interface ReencryptProgress {
  readonly store: string;
  /** Of this pass. */
  readonly seen: number;
  readonly moved: number;
}

export interface ReencryptReport {
  readonly moved: number;
  /** What is not sealed with the current key now: by a key that does not open it, or by a node with an older ring. */
  readonly left: readonly { readonly store: string; readonly keyId: string; readonly rows: number }[];
  /** Why values could not be opened: a sentence for each key, never a key. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** A batch is some hundred kilobytes and a few milliseconds. */
const ROWS_AT_ONCE = 200;
/** More passes than a busy row is met by a writer twice. */
const PASSES_MAX = 5;

export async function reencrypt({
  database,
  keyRing,
  stores,
  onProgress,
  rows = ROWS_AT_ONCE,
}: {
  readonly database: Queryable;
  readonly keyRing: KeyRing;
  readonly stores: readonly SealedStore[];
  readonly onProgress: (progress: ReencryptProgress) => void;
  readonly rows?: number;
}): Promise<ReencryptReport> {
  const unreadable = new Map<string, string>();
  let moved = 0;
  for (let pass = 1; pass <= PASSES_MAX; pass += 1) {
    const before = moved;
    for (const store of stores) {
      const progress = { store: store.name, seen: 0, moved: 0 };
      for await (const batch of store.reencrypt({ database, keyRing, rows })) {
        progress.seen += batch.seen;
        progress.moved += batch.moved;
        for (const [keyId, message] of batch.unreadable) unreadable.set(keyId, message);
        onProgress({ ...progress });
      }
      moved += progress.moved;
    }
    if (moved === before) break;
  }
  return { moved, left: await findLeft(database, keyRing, stores), unreadable };
}

async function findLeft(
  database: Queryable,
  keyRing: KeyRing,
  stores: readonly SealedStore[],
): Promise<ReencryptReport["left"]> {
  const uses = await countKeyUses(database);
  return stores.flatMap((store) =>
    uses
      .filter((use) => use.place === store.table && use.key_id !== keyRing.currentKeyId)
      .map((use) => ({ store: store.name, keyId: use.key_id, rows: use.rows })),
  );
}
