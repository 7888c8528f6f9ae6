/**
 * Follows the database's clock when it is set back: a retry of five seconds would wait for an hour and five seconds
 * after a step of an hour, and a lane with a rate limit for an hour.
 *
 * Nodes notice one after the other, and write by the old clock until then. So what waits is moved a little later, when
 * all of them have noticed, by one for all: the living node with the lowest id.
 */
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { moveTimesBack } from "../db/queries/move-times-back.ts";
import { readHeartbeats } from "../db/queries/read-heartbeats.ts";

/** A smaller step is waited for. */
const FOLLOWED_FROM_MS = 60_000;
/** Three heartbeats, with each of which a node measures the clock. */
const ALL_NOTICED_MS = 6_000;
/** A node that was heard within this lives. */
const FRESH_MS = 10_000;
/** Longer than between two measurements: the step came this much before it was noticed at most. */
const NOTICED_WITHIN_MS = 5_000;

interface Step {
  readonly backMs: number;
  /** By the new clock. */
  readonly noticedAtMs: number;
}

export class ClockFollower {
  readonly #database: Database;
  readonly #clock: Clock;
  #step: Step | null = null;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The clock was measured, and moved by so much. */
  noteMove(movedMs: number): void {
    if (movedMs < -FOLLOWED_FROM_MS) this.#step = { backMs: -movedMs, noticedAtMs: this.#clock.nowMs() };
  }

  /** At the start of a server, before anything is asked what is due. @returns Milliseconds everything was moved by. */
  async catchUp(): Promise<number> {
    const now = this.#clock.now();
    const { latest, first_fresh: living } = await this.#readHeartbeats(now);
    const backMs = (latest?.getTime() ?? 0) - now.getTime();
    // Those that live have noticed themselves, or will.
    if (living !== null || backMs < FOLLOWED_FROM_MS) return 0;
    await moveTimesBack(this.#database, { now, backMs, newSince: now });
    return backMs;
  }

  /** @returns By how many milliseconds everything was moved; 0 where there was nothing to do. */
  async runOnce({ nodeId }: { readonly nodeId: number }): Promise<number> {
    const step = this.#step;
    const now = this.#clock.now();
    if (step === null || now.getTime() < step.noticedAtMs + ALL_NOTICED_MS) return 0;
    const { first_fresh: living } = await this.#readHeartbeats(now);
    const isOurs = living === null || living >= nodeId;
    const newSince = new Date(step.noticedAtMs - NOTICED_WITHIN_MS);
    if (isOurs) await moveTimesBack(this.#database, { now, backMs: step.backMs, newSince });
    this.#step = null;
    return isOurs ? step.backMs : 0;
  }

  #readHeartbeats(now: Date): ReturnType<typeof readHeartbeats> {
    return readHeartbeats(this.#database, { now, freshFrom: new Date(now.getTime() - FRESH_MS) });
  }
}
