/**
 * The leases of commits whose answer was lost. Where such a commit happened after all, its deliveries are leased to
 * this node, which does not hold them; and as long as the node lives no rescue takes them: they would never be sent.
 * So they are given back, and asked for again for as long as a statement that was sent may still arrive. The same goes
 * for a commit whose answer was read so late that others may have its leases by then.
 */
import type { Clock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { releaseLeases } from "../../db/queries/release-leases.ts";

/** As long as TCP goes on trying to get a segment through: a stalled network may bring the statement that late. */
const IN_DOUBT_MS = 15 * 60_000;
/** An outage leaves as many as there are connections; beyond this the oldest are left to rescue. */
const MAX_LEASES = 1_000;

export class DoubtfulLeases {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Each with the time until which it is in doubt; oldest first. */
  readonly #untilMs = new Map<number, number>();

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Nobody knows whether the commit that gives this lease happened. The lease is never given again. */
  add(lease: number): void {
    this.#untilMs.set(lease, this.#clock.nowMs() + IN_DOUBT_MS);
    if (this.#untilMs.size <= MAX_LEASES) return;
    const oldest = this.#untilMs.keys().next().value;
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  /** Resolves to how many deliveries were given back. Throws DatabaseError. */
  async runOnce(): Promise<number> {
    if (this.#untilMs.size === 0) return 0;
    const now = this.#clock.now();
    const found = await releaseLeases(this.#database, { now, leases: [...this.#untilMs.keys()] });
    for (const { lease } of found) this.#untilMs.delete(lease);
    for (const [lease, untilMs] of this.#untilMs) if (untilMs < now.getTime()) this.#untilMs.delete(lease);
    return found.reduce((sum, { deliveries }) => sum + deliveries, 0);
  }
}
