/**
 * What the live feed told one reader and the reader has not taken. Bounded: what comes at once is no delay of the
 * reader's, but when more comes while more than the bound waits, the reader has fallen behind.
 */
import type { FedEvent } from "./event-feed.ts";
import type { FeedPosition } from "./feed-position.ts";

const WAITING_BYTES_MAX = 1024 * 1024;

export class LiveEvents {
  #waiting: FedEvent[] = [];
  #bytes = 0;
  #isBehind = false;
  #told = Promise.withResolvers<void>();

  put(events: readonly FedEvent[]): void {
    if (this.#bytes > WAITING_BYTES_MAX) this.#isBehind = true;
    if (!this.#isBehind) {
      this.#waiting.push(...events);
      this.#bytes += events.reduce((sum, { data }) => sum + data.length, 0);
    }
    this.nudge();
  }

  /** Lets `next` resolve, be there anything or not. */
  nudge(): void {
    this.#told.resolve();
  }

  /**
   * All that waits, once it was told or nudged, and the position that was told of when it was taken. Null when some was
   * let go: the reader is too far behind.
   */
  async next(
    position: () => FeedPosition,
  ): Promise<{ readonly events: readonly FedEvent[]; readonly position: FeedPosition } | null> {
    await this.#told.promise;
    this.#told = Promise.withResolvers<void>();
    if (this.#isBehind) return null;
    const events = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return { events, position: position() };
  }
}
