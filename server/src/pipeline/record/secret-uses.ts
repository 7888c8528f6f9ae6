/**
 * Remembers when each secret version last signed, and writes it from time to time: one row for each version that was
 * used since, whatever the number of deliveries. Nothing waits for it; what a killed node had not written is lost, and
 * the next use writes it again.
 */
import type { Database } from "../../db/database.ts";
import { type SecretUse, touchSecretVersions } from "../../db/queries/touch-secret-versions.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";

/** Rows that one statement writes. */
const MAX_BATCH = 1_000;

export class SecretUses {
  #lastMs = new Map<string, Map<number, number>>();

  note({ delivery: { endpointId }, attempt }: FinishedAttempt): void {
    if (attempt === null) return;
    let versions = this.#lastMs.get(endpointId);
    if (versions === undefined) this.#lastMs.set(endpointId, (versions = new Map()));
    const atMs = attempt.startedAt.getTime();
    for (const number of attempt.signedBy) if (atMs > (versions.get(number) ?? 0)) versions.set(number, atMs);
  }

  /** Resolves to how many versions were written. Throws DatabaseError; what was not written then is for the next time. */
  async write(database: Database): Promise<number> {
    const uses = [...this.#lastMs].flatMap(([endpointId, versions]) =>
      [...versions].map(([number, atMs]): SecretUse => ({ endpointId, number, at: new Date(atMs) })),
    );
    let written = 0;
    for (let start = 0; start < uses.length; start += MAX_BATCH) {
      const batch = uses.slice(start, start + MAX_BATCH);
      const rows = await touchSecretVersions(database, batch);
      written += rows.length;
      const keys = new Set(rows.map((row) => `${row.endpoint_id}:${row.number}`));
      for (const use of batch) if (keys.has(`${use.endpointId}:${use.number}`)) this.#forget(use);
    }
    return written;
  }

  /** Unless the version was used again meanwhile. */
  #forget({ endpointId, number, at }: SecretUse): void {
    const versions = this.#lastMs.get(endpointId);
    if (versions?.get(number) === at.getTime()) versions.delete(number);
    if (versions?.size === 0) this.#lastMs.delete(endpointId);
  }
}
