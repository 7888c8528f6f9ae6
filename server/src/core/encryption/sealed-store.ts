/**
 * A place where sealed values stand, and how they are moved to the current key: read some that name another key, open
 * and seal each, write those that nobody changed meanwhile, go on behind them. It may run beside serving nodes and be
 * stopped at any moment: each batch is one commit, and what is moved already is not read again.
 */
import type { Queryable } from "../../db/database.ts";
import { type KeyRing, KeyUnavailableError } from "./key-ring.ts";

export interface SealedStore {
  /** As an operator knows it. */
  readonly name: string;
  readonly table: string;
  reencrypt(input: ReencryptInput): AsyncIterable<ReencryptedBatch>;
}

export interface ReencryptInput {
  readonly database: Queryable;
  readonly keyRing: KeyRing;
  /** Read at once. */
  readonly rows: number;
}

export interface ReencryptedBatch {
  readonly seen: number;
  /** Written with the current key. The rest could not be opened, or changed under our hands. */
  readonly moved: number;
  /** What stands in the way of opening some of them, a sentence for each key. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Walks the rows of one store. `write` resolves to how many it wrote; it leaves alone what changed since `read`. */
export async function* reencryptRows<Row, Resealed>(walk: {
  /** The first rows behind `after` that are not sealed with the current key, in a fixed order. */
  readonly read: (after: Row | null) => Promise<readonly Row[]>;
  readonly reseal: (row: Row) => Resealed;
  readonly write: (resealed: readonly Resealed[]) => Promise<number>;
}): AsyncGenerator<ReencryptedBatch> {
  let after: Row | null = null;
  for (;;) {
    const rows: readonly Row[] = await walk.read(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    const unreadable = new Map<string, string>();
    const resealed = rows.flatMap((row) => {
      try {
        return [walk.reseal(row)];
      } catch (error) {
        if (!(error instanceof KeyUnavailableError)) throw error;
        unreadable.set(error.keyId, error.message);
        return [];
      }
    });
    const moved = resealed.length === 0 ? 0 : await walk.write(resealed);
    yield { seen: rows.length, moved, unreadable };
    after = last;
  }
}
