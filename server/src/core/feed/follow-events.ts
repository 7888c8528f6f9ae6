/**
 * One tenant's events after a cursor, in the order of the feed, without an end: first what the database has, page by
 * page as the reader takes them, then what the live feed tells. Nothing is missed and nothing comes twice where the two
 * meet: the reader joins the feed first, reads up to where it joined, and what comes after that is told.
 *   read pages until one is whole → join → read on up to where it joined → what is told
 */
import type { Database } from "../../db/database.ts";
import { readEventFeed } from "../../db/queries/read-event-feed.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type EventFeed, type FedEvent, type Following, toFedEvent } from "./event-feed.ts";
import { type FeedPosition, isBefore, reachOf } from "./feed-position.ts";
import { LiveEvents } from "./live-events.ts";
import { parseSnapshot } from "./snapshot.ts";
import { parseStreamCursor, requireKept, requireReached, type StreamCursor } from "./stream-cursor.ts";

export interface EventBatch {
  readonly events: readonly FedEvent[];
  /** After all of them, and after what was left out. */
  readonly cursor: StreamCursor;
}

export interface FollowedEvents {
  /**
   * Batches, some of them empty; the first at once. It ends when it was stopped, and when its reader fell too far
   * behind what is told. Throws CoreErrors, at the first batch those of the cursor: `validation_failed`,
   * `cursor_expired`; a DatabaseError.
   */
  readonly batches: AsyncGenerator<EventBatch, void, void>;
  /** Asks for a batch, be it empty: a reader that hears nothing learns how far it has come. */
  readonly nudge: () => void;
  readonly stop: () => void;
}

interface FollowEventsInput {
  /** The text of a cursor to go on after; null begins with what the feed comes to next. */
  readonly cursor: string | null;
  /** Events of which this is false are left out. */
  readonly isWanted: (event: FedEvent) => boolean;
}

/** What a reader has in memory while it catches up. */
const PAGE = { limit: 500, bytes: 256 * 1024 };

/** Throws `scope_required`; `validation_failed` for a text that is no cursor. */
export function followEvents(options: {
  readonly context: Pick<CoreContext, "database" | "clock">;
  readonly feed: EventFeed;
  /** Days that events are kept. */
  readonly eventDays: number;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: FollowEventsInput;
}): FollowedEvents {
  const { context, feed, eventDays, actor, tenantId, input } = options;
  requireScope(actor, tenantId, "events:read");
  const after = input.cursor === null ? null : parseStreamCursor(input.cursor);
  const live = new LiveEvents();
  const stopped = new AbortController();
  const follower = { tenantId, onEvents: (events: readonly FedEvent[]) => live.put(events), goesByPosition: true };

  async function* read(): AsyncGenerator<EventBatch, void, void> {
    let cursor = after;
    while (cursor !== null && !stopped.signal.aborted) {
      const page = await readPage(cursor);
      cursor = page.cursor;
      yield wanted(page);
      if (page.isWhole) break;
    }
    const following = await feed.follow(follower);
    try {
      yield* readUpTo(following.joinedAt, cursor);
      yield* tell(following);
    } finally {
      following.stop();
    }
  }

  async function* readUpTo(end: FeedPosition, from: StreamCursor | null): AsyncGenerator<EventBatch, void, void> {
    let cursor = from ?? { position: end, at: context.clock.now() };
    if (from === null) yield { events: [], cursor };
    while (isBefore(cursor.position, end) && !stopped.signal.aborted) {
      const page = await readPage(cursor);
      // What is after the end is told.
      const events = page.events.filter(
        (event) => !isBefore(end, { transactionId: event.transactionId, id: event.id }),
      );
      cursor = isBefore(end, page.cursor.position) ? { position: end, at: page.cursor.at } : page.cursor;
      yield wanted({ events, cursor });
    }
  }

  async function* tell({ position }: Following): AsyncGenerator<EventBatch, void, void> {
    for (;;) {
      const told = await live.next(position);
      if (told === null || stopped.signal.aborted) return;
      const batch = wanted({ events: told.events, cursor: { position: told.position, at: context.clock.now() } });
      // A nudge brings nothing and asks for the cursor; what is not wanted need not be told of.
      if (batch.events.length > 0 || told.events.length === 0) yield batch;
    }
  }

  async function readPage(cursor: StreamCursor): Promise<EventBatch & { readonly isWhole: boolean }> {
    const now = context.clock.now();
    requireKept(cursor, { now, eventDays });
    const page = await readFrom(context.database, tenantId, cursor.position);
    requireReached(cursor, page.xmin);
    const at = page.isWhole ? now : (page.events.at(-1)?.createdAt ?? now);
    return { events: page.events, cursor: { position: page.position, at }, isWhole: page.isWhole };
  }

  const wanted = ({ events, cursor }: EventBatch): EventBatch => ({ events: events.filter(input.isWanted), cursor });
  const stop = (): void => {
    stopped.abort();
    live.nudge();
  };
  return { batches: read(), nudge: () => live.nudge(), stop };
}

async function readFrom(database: Database, tenantId: string, after: FeedPosition) {
  const page = await readEventFeed(database, { tenantIds: [tenantId], after, ...PAGE });
  return { ...reachOf(page, PAGE), events: page.rows.map(toFedEvent), xmin: parseSnapshot(page.snapshot).xmin };
}
