/**
 * The store stage: makes publishes durable in micro-batches. What arrives while a commit is under way goes into the
 * next one, so one publish costs one round trip and a thousand concurrent ones share a few commits. A publish is
 * answered only after its commit; its deliveries that were leased go straight on to the wire.
 *
 * Bounded: beyond the waiting limits `store` refuses with `overloaded`, and nothing of that publish is stored.
 */
import { againAfterDeadlock } from "../../db/again-after-deadlock.ts";
import type { Clock } from "../../db/clock.ts";
import type { Database, Queryable } from "../../db/database.ts";
import { isOutcomeUnknown } from "../../db/is-outcome-unknown.ts";
import { storeEvents } from "../../db/queries/store-events.ts";
import type { StoreRow } from "../../db/queries/store-rows.ts";
import type { StoreCommit } from "../engine-observer.ts";
import type { CapShare } from "../dispatch/cap-share.ts";
import type { CrowdedEndpoints } from "../dispatch/lease-ahead.ts";
import { BatchGatherer } from "../batch-gatherer.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { BacklogRest } from "./backlog-rest.ts";
import { type BatchSettings, buildStoreBatch } from "./build-store-batch.ts";
import { storeAlone } from "./store-alone.ts";
import { countKeys, type StoreOutcome, type StoreRequest } from "./store-request.ts";
import { type Commit, toHeldDeliveries } from "./to-held-deliveries.ts";
import { toOutcomes } from "./to-outcomes.ts";
import { type WaitingPublish, WaitingPublishes } from "./waiting-publishes.ts";

export interface EventStoreSettings {
  readonly database: Database;
  readonly clock: Clock;
  readonly defaultMaxInFlight: number;
  readonly eventIdDays: number;
  /** A fresh lease of this node. */
  readonly nextLease: () => number;
  /** What this node may take of an endpoint's in-flight cap. */
  readonly capShare: () => CapShare;
  /** How many deliveries this node can take straight to the wire now. */
  readonly nodeRoom: () => number;
  /** The endpoints of which this node already holds many. */
  readonly crowded: () => CrowdedEndpoints;
  /** This node drains what has waited for long, as fast as it can. */
  readonly isBehind?: (() => boolean) | undefined;
  /** Takes the deliveries that were leased in the commit. */
  readonly onLeased: (deliveries: HeldDelivery[], commit: LeasingCommit) => void;
  /** Something of the commit waits in its lane. */
  readonly onWaiting: () => void;
  /** Nobody knows whether the commit happened that gives this lease. */
  readonly onDoubt?: ((lease: number) => void) | undefined;
  readonly onCommit?: ((commit: StoreCommit) => void) | undefined;
}

/** How long a commit may wait to be shared: a publisher waits for its answer. */
const GATHER = { backMs: 2, spacingMs: 4 };
/**
 * Publishers that are answered together come back together. More than so many at once are stored in halves: while one
 * is stored the other is answered, where thread and database would wait for each other.
 */
const CROWD = 32;

/** Nobody is left to be answered. */
const SETTLED = (): void => {};

export interface LeasingCommit {
  /** From before it began until its answer was read. */
  readonly tookMs: number;
  /** More of it waits in lanes than goes straight to the wire. */
  readonly piles: boolean;
}

/** Publishes that wait in the database. */
export interface Taking {
  /** May be called again, after a deadlock. */
  readonly take: (transaction: Queryable) => Promise<readonly StoreRequest[]>;
  /** The outcomes are in the order of the requests. */
  readonly settle: (transaction: Queryable, outcomes: ReturnType<typeof toOutcomes>) => Promise<void>;
}

export class EventStore implements AsyncDisposable {
  readonly #settings: EventStoreSettings;
  readonly #waiting = new WaitingPublishes();
  /** Met a taken key in their batch: settled one by one beside the batches, which they do not hold up. */
  #conflicted: WaitingPublish[] = [];
  #settling = false;
  #taking = 0;
  #isCommitting = false;
  readonly #gatherer = new BatchGatherer(GATHER);
  readonly #rest: BacklogRest;
  #idle: (() => void)[] = [];

  constructor(settings: EventStoreSettings) {
    this.#settings = settings;
    this.#rest = new BacklogRest(() => settings.isBehind?.() ?? false);
  }

  /** Resolves once the publish is committed or refused. Throws CoreError `overloaded`, or what the database threw. */
  async store(request: StoreRequest): Promise<StoreOutcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ request, resolve, reject }, { beside: this.#conflicted.length });
      this.#start();
    });
  }

  /**
   * Stores what `take` takes out of the database, and lets `settle` write what became of each, in one transaction. The
   * requests claim no deduplication keys. Throws what the database threw; then nothing was taken.
   */
  async storeTaken(taking: Taking): Promise<void> {
    const started = performance.now();
    const lease = this.#settings.nextLease();
    const now = this.#settings.clock.now();
    this.#taking += 1;
    try {
      const { requests, rows } = await againAfterDeadlock(() =>
        this.#settings.database.transaction(async (transaction) => {
          const taken = await taking.take(transaction);
          const parameters = buildStoreBatch(taken, { ...this.#settings, now, lease, ...this.#room() });
          const stored = taken.length === 0 ? [] : await storeEvents(transaction, parameters);
          await taking.settle(transaction, toOutcomes(taken, stored));
          return { requests: taken, rows: stored };
        }),
      );
      if (requests.length === 0) return;
      this.#settings.onCommit?.({ requests, rows, ms: performance.now() - started });
      this.#forward(requests, rows, { lease, now, started });
    } catch (error) {
      if (isOutcomeUnknown(error)) this.#settings.onDoubt?.(lease);
      throw error;
    } finally {
      this.#taking -= 1;
      this.#checkIdle();
    }
  }

  /** Publishes that wait for a commit. */
  get depth(): number {
    return this.#waiting.length + this.#conflicted.length;
  }

  /** Resolves when every publish that was taken is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#isCommitting || this.#taking > 0 || this.#settling || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #start(): void {
    if (this.#isCommitting || this.#waiting.length === 0) return;
    this.#isCommitting = true;
    void this.#commitAll();
  }

  #checkIdle(): void {
    if (this.#isCommitting || this.#taking > 0 || this.#settling) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /**
   * One commit after the other until nothing waits. What came during one goes to the database before the publishers of
   * that one are answered: thread and database work at the same time.
   */
  async #commitAll(): Promise<void> {
    let settle = SETTLED;
    while (this.#waiting.length > 0) {
      let most = Infinity;
      if (settle === SETTLED || this.#rest.isDue || !this.#gatherer.isWorth(this.#waiting.length)) {
        settle();
        await this.#gatherer.gather(() => this.#waiting.length);
        await this.#rest.take();
        if (this.#waiting.length > CROWD) most = Math.ceil(this.#waiting.length / 2);
        settle = SETTLED;
      }
      const committed = this.#commit(this.#waiting.take(most));
      settle();
      settle = await committed;
    }
    this.#isCommitting = false;
    settle();
    this.#checkIdle();
  }

  /** Resolves when the batch is committed or refused, to what answers its publishers. */
  async #commit(batch: readonly WaitingPublish[]): Promise<() => void> {
    this.#gatherer.began(batch.length);
    const [first] = batch;
    const isAlone = batch.length === 1 && first !== undefined && countKeys(first.request) > 1;
    if (!isAlone) return this.#commitBatch(batch);
    await this.#commitAlone(first);
    return SETTLED;
  }

  async #commitBatch(batch: readonly WaitingPublish[]): Promise<() => void> {
    const requests = batch.map((waiting) => waiting.request);
    const lease = this.#settings.nextLease();
    const now = this.#settings.clock.now();
    let rows: StoreRow[];
    const started = performance.now();
    try {
      const parameters = buildStoreBatch(requests, {
        ...this.#settings,
        now,
        lease,
        ...this.#room(),
      });
      rows = await againAfterDeadlock(() => storeEvents(this.#settings.database, parameters));
    } catch (error) {
      if (isOutcomeUnknown(error)) this.#settings.onDoubt?.(lease);
      return () => batch.forEach((waiting) => waiting.reject(error));
    }
    const ms = performance.now() - started;
    return () => {
      this.#settings.onCommit?.({ requests, rows, ms });
      this.#settle(batch, rows, { lease, now, started });
    };
  }

  /** What may be leased to this node now. */
  #room(): Pick<BatchSettings, "nodeRoom" | "capShare" | "crowded"> {
    const { nodeRoom, capShare, crowded } = this.#settings;
    return { nodeRoom: nodeRoom(), capShare: capShare(), crowded: crowded() };
  }

  async #commitAlone(waiting: WaitingPublish): Promise<void> {
    const started = performance.now();
    const lease = this.#settings.nextLease();
    try {
      const now = this.#settings.clock.now();
      const settings = { ...this.#settings, now, lease, ...this.#room() };
      const { outcome, rows, request } = await againAfterDeadlock(() =>
        storeAlone(this.#settings.database, waiting.request, settings),
      );
      if (rows.length > 0) this.#settings.onCommit?.({ requests: [request], rows, ms: performance.now() - started });
      waiting.resolve(outcome);
      this.#forward([request], rows, { lease, now, started });
    } catch (error) {
      if (isOutcomeUnknown(error)) this.#settings.onDoubt?.(lease);
      waiting.reject(error);
    }
  }

  /** Answers every publish of a committed batch, and sends its leased deliveries on. */
  #settle(batch: readonly WaitingPublish[], rows: readonly StoreRow[], commit: Commit): void {
    const requests = batch.map((waiting) => waiting.request);
    const outcomes = toOutcomes(requests, rows);
    this.#forward(requests, rows, commit);
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) waiting.reject(new Error("The store statement said nothing of a publish."));
      else if (outcome === "conflict") this.#conflicted.push(waiting);
      else waiting.resolve(outcome);
    });
    void this.#settleConflicts();
  }

  async #settleConflicts(): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    for (let next = this.#conflicted.shift(); next !== undefined; next = this.#conflicted.shift()) {
      await this.#commitAlone(next);
    }
    this.#settling = false;
    this.#checkIdle();
  }

  #forward(requests: readonly StoreRequest[], rows: readonly StoreRow[], commit: Commit): void {
    const { deliveries, waiting } = toHeldDeliveries(requests, rows, commit);
    const piles = waiting > deliveries.length;
    const endedMs = performance.now();
    if (deliveries.length > 0) this.#settings.onLeased(deliveries, { tookMs: endedMs - commit.started, piles });
    this.#rest.note({ startedMs: commit.started, endedMs, piles });
    if (waiting > 0) this.#settings.onWaiting();
  }
}
