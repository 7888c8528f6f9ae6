/** The publishes that wait for a commit, in the order in which they came, within bounds. */
import { CoreError } from "../../core/errors/core-error.ts";
import { keyNames } from "./build-store-batch.ts";
import type { StoreOutcome, StoreRequest } from "./store-request.ts";

export interface WaitingPublish {
  readonly request: StoreRequest;
  readonly resolve: (outcome: StoreOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** More waiting publishes, or bytes of them, than this are refused: the publisher waits, not our memory. */
const MAX_WAITING_REQUESTS = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** A commit takes at most this much: enough to share its cost, small enough to keep its latency. */
const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

export class WaitingPublishes {
  readonly #waiting: { readonly publish: WaitingPublish; readonly bytes: number }[] = [];
  #bytes = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** `beside`: how many more wait elsewhere. Throws CoreError `overloaded`. */
  add(publish: WaitingPublish, { beside }: { readonly beside: number }): void {
    const bytes = publish.request.events.reduce((sum, event) => sum + event.data.byteLength, 0);
    if (this.length + beside >= MAX_WAITING_REQUESTS || this.#bytes + bytes > MAX_WAITING_BYTES) {
      throw new CoreError("overloaded", "More publishes are waiting than can be taken. Try again shortly.", {
        retryAfterSeconds: 1,
      });
    }
    this.#waiting.push({ publish, bytes });
    this.#bytes += bytes;
  }

  /** The next publishes for one commit, so many at most: no key twice, and one with several keys by itself. */
  take(most: number): WaitingPublish[] {
    const taken: WaitingPublish[] = [];
    const names = new Set<string>();
    let events = 0;
    let bytes = 0;
    for (const { publish, bytes: size } of this.#waiting) {
      const keys = keyNames(publish.request);
      const full =
        taken.length >= most ||
        events + publish.request.events.length > MAX_BATCH_EVENTS ||
        bytes + size > MAX_BATCH_BYTES;
      const alone = keys.length > 1;
      if (taken.length > 0 && (full || alone || keys.some((name) => names.has(name)))) break;
      taken.push(publish);
      keys.forEach((name) => names.add(name));
      events += publish.request.events.length;
      bytes += size;
      if (alone) break;
    }
    this.#waiting.splice(0, taken.length);
    this.#bytes -= bytes;
    return taken;
  }
}
