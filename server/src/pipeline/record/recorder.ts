/**
 * The record stage: writes finished attempts in micro-batches, one commit for many. An attempt that could not be
 * written (the database is away) is tried again as long as its lease holds; once the lease is lost the statement
 * finds no row for it, and the delivery is repeated by whoever holds it then. An attempt that the database refuses for
 * what it holds is found by halving its batch, and recorded with less.
 */
import type { RecordedRow } from "../../db/queries/record-attempts.ts";
import type { RecordCommit } from "../engine-observer.ts";
import { BatchGatherer } from "../batch-gatherer.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { isValueRefused, reduceAttempt } from "./reduce-attempt.ts";

export interface RecorderSettings {
  /** Commits under way at once. */
  readonly concurrency: number;
  /** Writes one batch in one commit. */
  readonly write: (batch: readonly FinishedAttempt[]) => Promise<RecordedRow[]>;
  /** The batch freed room of an endpoint that its cap had held back. */
  readonly onFreed: () => void;
  readonly onError: (error: unknown) => void;
  readonly onCommit?: ((commit: RecordCommit) => void) | undefined;
}

/**
 * What became of a finished attempt: `fenced` means that the lease was lost and nothing was written. `attemptId` is
 * null where no request was made.
 */
export type RecordOutcome =
  | { readonly kind: "recorded"; readonly attemptId: number | null }
  | { readonly kind: "fenced" };

const MAX_BATCH = 500;
/** A second commit beside the first halves the batches of both: only when so many wait is it worth it. */
const WORTH_A_SECOND_COMMIT = 125;
/** Nobody waits for a record, and the endpoint's next deliveries are leased ahead. */
const GATHER = { backMs: 5, spacingMs: 20 };
/** Between two tries to write the same batch. */
const RETRY_MS = 500;

interface Waiting {
  readonly finished: FinishedAttempt;
  readonly resolve: (outcome: RecordOutcome) => void;
}

export class Recorder implements AsyncDisposable {
  readonly #settings: RecorderSettings;
  #waiting: Waiting[] = [];
  #commits = 0;
  readonly #gatherer = new BatchGatherer(GATHER);
  #idle: (() => void)[] = [];
  #abandoned = false;
  readonly #pauses = new Set<() => void>();

  constructor(settings: RecorderSettings) {
    this.#settings = settings;
  }

  /** Stops trying to write what the database does not take: this node goes, and its leases go with it. */
  abandon(): void {
    this.#abandoned = true;
    for (const end of this.#pauses) end();
  }

  /** Resolves once the attempt is committed, or known to be fenced. Never rejects. */
  async record(finished: FinishedAttempt): Promise<RecordOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ finished, resolve });
      this.#start();
    });
  }

  /** Attempts that wait for a commit. */
  get depth(): number {
    return this.#waiting.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#commits > 0 || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #start(): void {
    if (this.#commits >= this.#settings.concurrency || this.#waiting.length === 0) return;
    if (this.#commits > 0 && this.#waiting.length < WORTH_A_SECOND_COMMIT) return;
    this.#commits += 1;
    void this.#commitOne().finally(() => {
      this.#commits -= 1;
      this.#start();
      if (this.#commits === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  async #commitOne(): Promise<void> {
    await this.#gatherer.gather(() => this.#waiting.length);
    const batch = this.#waiting.splice(0, MAX_BATCH);
    this.#gatherer.began(batch.length);
    if (batch.length === 0) return;
    const rows = await this.#write(batch.map((waiting) => waiting.finished));
    const attemptIds = new Map(rows.map((row) => [row.no, row.attempt_id]));
    batch.forEach((waiting, index) => {
      const attemptId = attemptIds.get(index + 1);
      waiting.resolve(attemptId === undefined ? { kind: "fenced" } : { kind: "recorded", attemptId });
    });
    if (rows.some((row) => row.freed)) this.#settings.onFreed();
  }

  async #write(batch: readonly FinishedAttempt[]): Promise<RecordedRow[]> {
    for (;;) {
      const started = performance.now();
      try {
        const rows = await this.#settings.write(batch);
        this.#settings.onCommit?.({ batch, rows, ms: performance.now() - started });
        return rows;
      } catch (error) {
        this.#settings.onError(error);
        if (this.#abandoned) return [];
        const written = isValueRefused(error) ? await this.#writeAround(batch) : null;
        if (written !== null) return written;
        await this.#pause();
      }
    }
  }

  /** Halves a refused batch until the entry that is refused stands alone, and records that one with less. */
  async #writeAround(batch: readonly FinishedAttempt[]): Promise<RecordedRow[] | null> {
    const [only] = batch;
    if (only === undefined) return [];
    if (batch.length === 1) {
      const reduced = reduceAttempt(only);
      return reduced === null ? null : this.#write([reduced]);
    }
    const middle = batch.length >> 1;
    const front = await this.#write(batch.slice(0, middle));
    const back = await this.#write(batch.slice(middle));
    return [...front, ...back.map((row) => ({ ...row, no: row.no + middle }))];
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, RETRY_MS);
    this.#pauses.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#pauses.delete(resolve);
  }
}
