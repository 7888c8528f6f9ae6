/**
 * The events of tenants as they are committed, to whoever follows: each once, none missed, in one order, whatever node
 * stored them. Ids are no such order: they are drawn before a commit, and an event with a smaller one can come later.
 * The feed reads by transaction, and only what no running transaction can come before (read-event-feed.ts); one that
 * runs for long anywhere in the database server holds it back, and loses nothing.
 * A node has one feed. It asks once for all its followers, when this node stored something, when another node wakes it,
 * and now and then; while nobody follows it asks nothing.
 */
import type { Database } from "../../db/database.ts";
import { type FeedRow, readEventFeed } from "../../db/queries/read-event-feed.ts";
import { type FeedPosition, reachOf } from "./feed-position.ts";
import { hadEnded, parseSnapshot, type Snapshot } from "./snapshot.ts";

export interface FedEvent {
  readonly id: number;
  readonly tenantId: string;
  readonly type: string;
  /** The published bytes. */
  readonly data: Uint8Array;
  readonly createdAt: Date;
  /** Of the transaction that stored it; with the id its place in the order. */
  readonly transactionId: number;
}

export interface FeedFollower {
  readonly tenantId: string;
  /** Must not throw, and is not waited for. In the order of the feed. */
  readonly onEvents: (events: readonly FedEvent[]) => void;
  /**
   * Whether it gets all that is after the position it joined at, also what was committed just before and held back.
   * Otherwise it gets what is committed from then on and nothing else.
   */
  readonly goesByPosition?: boolean;
}

export interface Following {
  readonly stop: () => void;
  readonly joinedAt: FeedPosition;
  /** Up to where it has been told of everything since. */
  readonly position: () => FeedPosition;
}

interface Standing {
  readonly follower: FeedFollower;
  /** When it began: what had ended by then is not its. Null for one that goes by the position. */
  readonly since: Snapshot | null;
}

interface Joining {
  readonly follower: FeedFollower;
  readonly joined: PromiseWithResolvers<FeedPosition>;
}

/** Events of other nodes come by this, where nothing wakes us. */
const POLL_MS = 500;
/** A transaction that runs may be about to end, or hold back what has just been stored. */
const HELD_BACK_MS = 25;
/** A busy node stores many times in this; one look finds them all. */
const BETWEEN_LOOKS_MS = 10;
const PAGE = { limit: 500, bytes: 4 * 1024 * 1024 };

export class EventFeed {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  readonly #followers = new Set<Standing>();
  #joining: Joining[] = [];
  #after: FeedPosition = { transactionId: 0, id: 0 };
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isWoken = false;
  #isClosed = false;
  readonly #stopListening: () => void;

  constructor({ database, onError }: { readonly database: Database; readonly onError: (error: unknown) => void }) {
    this.#database = database;
    this.#onError = onError;
    this.#stopListening = database.onWake(() => this.wake());
  }

  /**
   * Resolves once everything that is committed from now on is certain to come. Rejects with the DatabaseError when that
   * cannot be known.
   */
  async follow(follower: FeedFollower): Promise<Following> {
    if (this.#isClosed) throw new Error("The feed is closed.");
    const joined = Promise.withResolvers<FeedPosition>();
    this.#joining.push({ follower, joined });
    this.wake();
    const joinedAt = await joined.promise;
    const stop = (): void => {
      for (const standing of this.#followers) if (standing.follower === follower) this.#followers.delete(standing);
    };
    return { stop, joinedAt, position: () => this.#after };
  }

  /** Something was stored: look soon. Costs nothing while nobody follows. */
  wake(): void {
    if (this.#followers.size === 0 && this.#joining.length === 0) return;
    if (this.#isWoken) return;
    this.#isWoken = true;
    if (this.#looking === null) this.#lookIn(BETWEEN_LOOKS_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#followers.clear();
    for (const { joined } of this.#joining.splice(0)) joined.reject(new Error("The feed is closed."));
    await this.#looking;
  }

  #lookIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking = Promise.resolve().then(() => this.#look());
    }, ms);
  }

  async #look(): Promise<void> {
    this.#isWoken = false;
    const joining = this.#joining.splice(0);
    let waitMs = POLL_MS;
    try {
      waitMs = await this.#runOnce(joining);
    } catch (error) {
      this.#onError(error);
      for (const { joined } of joining) joined.reject(error);
    }
    this.#looking = null;
    const isFollowed = this.#followers.size > 0 || this.#joining.length > 0;
    if (isFollowed && !this.#isClosed) this.#lookIn(this.#isWoken ? BETWEEN_LOOKS_MS : waitMs);
    // Left standing, it would keep the next follower from waking the feed.
    else this.#isWoken = false;
  }

  /** One look. Resolves to when the next is worth it, in milliseconds. */
  async #runOnce(joining: readonly Joining[]): Promise<number> {
    const tenantIds = [...new Set([...this.#followers].map(({ follower }) => follower.tenantId))];
    const page = await readEventFeed(this.#database, {
      tenantIds,
      after: this.#after,
      ...PAGE,
    });
    const snapshot = parseSnapshot(page.snapshot);
    const { position, isWhole } = reachOf(page, PAGE);
    this.#after = position;
    this.#tell(page.rows);
    for (const { follower, joined } of joining) {
      this.#followers.add({ follower, since: follower.goesByPosition === true ? null : snapshot });
      joined.resolve(position);
    }
    if (!isWhole) return 0;
    return snapshot.xmin < snapshot.xmax ? HELD_BACK_MS : POLL_MS;
  }

  #tell(rows: readonly FeedRow[]): void {
    const byTenant = Map.groupBy(rows.map(toFedEvent), ({ tenantId }) => tenantId);
    for (const { follower, since } of this.#followers) {
      const all = byTenant.get(follower.tenantId) ?? [];
      const events = since === null ? all : all.filter(({ transactionId }) => !hadEnded(since, transactionId));
      if (events.length > 0) follower.onEvents(events);
    }
  }
}

export function toFedEvent(row: FeedRow): FedEvent {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    type: row.type,
    data: row.data,
    createdAt: row.created_at,
    transactionId: row.transaction_id,
  };
}
