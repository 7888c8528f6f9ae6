/**
 * Finds out whether the key ring opens what the database holds, by one secret of each key. Asked at the start, so that
 * an operator who forgot a key, or gave another one its id, is told at once and not by deliveries that wait.
 */
import type { Queryable } from "../../db/database.ts";
import { sampleSealedSecrets } from "../../db/queries/sample-sealed-secrets.ts";
import { type KeyRing, KeyUnavailableError } from "../encryption/key-ring.ts";
import { openSecrets } from "./open-secrets.ts";

export interface KeyFault {
  readonly keyId: string;
  /** Names the key and what is wrong with it, never a key. */
  readonly message: string;
}

export async function findKeyFaults({
  database,
  keyRing,
}: {
  readonly database: Queryable;
  readonly keyRing: KeyRing;
}): Promise<KeyFault[]> {
  const samples = await sampleSealedSecrets(database);
  return samples.flatMap((row) => {
    try {
      openSecrets({ keyRing, rows: [row] });
      return [];
    } catch (error) {
      if (error instanceof KeyUnavailableError) return [{ keyId: error.keyId, message: error.message }];
      throw error;
    }
  });
}
