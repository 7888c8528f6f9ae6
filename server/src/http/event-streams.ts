/**
 * Answers that never end: server-sent events to readers that stay connected. While it is healthy a stream is never
 * closed, since some readers come back at once after a clean end; one that must go is destroyed. Each says now and then
 * that it lives, so that nothing between takes the connection for dead. Memory is bounded: a reader that falls behind by
 * more than a bound is destroyed, and so many streams are open at once.
 */
import type { ServerResponse } from "node:http";

import { CoreError } from "../core/errors/core-error.ts";

export interface EventStream {
  /** Frames, whole. Destroys the stream of a reader that is too far behind; one that is gone does nothing with them. */
  send(frames: string): void;
  /** Resolves once the reader takes more, or is gone. */
  whenTaken(): Promise<void>;
  destroy(): void;
}

export const STREAM_BEHIND_BYTES_MAX = 1024 * 1024;
/** Well below what proxies let a silent connection live for. */
const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ": heartbeat\n\n";
const STREAMS_MAX = 1_000;
const STREAMS_RETRY_SECONDS = 30;

export class EventStreams {
  readonly #open = new Set<ServerResponse>();
  readonly #heartbeatMs: number;
  readonly #streamsMax: number;
  #isClosed = false;

  constructor({ heartbeatMs = HEARTBEAT_MS, streamsMax = STREAMS_MAX } = {}) {
    this.#heartbeatMs = heartbeatMs;
    this.#streamsMax = streamsMax;
  }

  /**
   * Begins the answer. `onHeartbeat` is called before each; `onClose` once, however it ends. Throws `overloaded`, and
   * then nothing was sent.
   */
  open(
    response: ServerResponse,
    options: {
      readonly headers: Readonly<Record<string, string>>;
      readonly onHeartbeat?: () => void;
      readonly onClose: () => void;
    },
  ): EventStream {
    if (this.#isClosed || this.#open.size >= this.#streamsMax) {
      const message = "This node has as many open streams as it takes.";
      throw new CoreError("overloaded", message, { retryAfterSeconds: STREAMS_RETRY_SECONDS });
    }
    const stream = toStream(response);
    if (response.destroyed) {
      // Its reader went away while the answer was made.
      options.onClose();
      return stream;
    }
    this.#open.add(response);
    const heartbeat = setInterval(() => {
      options.onHeartbeat?.();
      stream.send(HEARTBEAT);
    }, this.#heartbeatMs);
    response.once("close", () => {
      clearInterval(heartbeat);
      this.#open.delete(response);
      options.onClose();
    });
    // A reader that resets its connection is no fault of ours.
    response.on("error", () => {});
    response.writeHead(200, { ...options.headers, "content-type": "text/event-stream" });
    response.flushHeaders();
    return stream;
  }

  /** Opens none any more, and destroys those that are open. */
  close(): void {
    this.#isClosed = true;
    for (const response of this.#open) response.destroy();
  }
}

function toStream(response: ServerResponse): EventStream {
  return {
    send(frames) {
      if (response.destroyed) return;
      if (response.writableLength > STREAM_BEHIND_BYTES_MAX) response.destroy();
      else response.write(frames);
    },
    async whenTaken() {
      if (response.destroyed || !response.writableNeedDrain) return;
      const taken = Promise.withResolvers<void>();
      const take = (): void => taken.resolve();
      response.once("drain", take).once("close", take);
      await taken.promise;
      response.off("drain", take).off("close", take);
    },
    destroy: () => void response.destroy(),
  };
}
