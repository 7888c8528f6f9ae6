/**
 * Finds out whether the key ring opens what the database holds, by some secrets of each key. Asked at the start, so that
 * an operator who forgot a key, or gave another one its id, is told at once and not by deliveries that wait. One value
 * that does not open may be damaged; a key that opens none is another one.
 */
import type { Queryable } from "../../db/database.ts";
import { type SealedSecretSample, sampleSealedSecrets } from "../../db/queries/sample-sealed-secrets.ts";
import { type KeyRing, KeyUnavailableError } from "../encryption/key-ring.ts";
import { openSecrets } from "./open-secrets.ts";

export interface KeyFault {
  readonly keyId: string;
  /** Names the key and what is wrong with it, never a key. */
  readonly message: string;
}

const SAMPLES_OF_A_KEY = 5;

export async function findKeyFaults({
  database,
  keyRing,
}: {
  readonly database: Queryable;
  readonly keyRing: KeyRing;
}): Promise<KeyFault[]> {
  const samples = await sampleSealedSecrets(database, SAMPLES_OF_A_KEY);
  return [...Map.groupBy(samples, (row) => row.encryption_key_id).values()].flatMap((rows) => {
    const faults = rows.map((row) => findFault(keyRing, row));
    const [first] = faults;
    return first === undefined || first === null || faults.includes(null) ? [] : [first];
  });
}

function findFault(keyRing: KeyRing, row: SealedSecretSample): KeyFault | null {
  try {
    openSecrets({ keyRing, rows: [row] });
    return null;
  } catch (error) {
    if (error instanceof KeyUnavailableError) return { keyId: error.keyId, message: error.message };
    throw error;
  }
}
