/**
 * The deliveries that this node holds: at most so many requests under way in all and for each endpoint, the rest in
 * line, in turns between endpoints. Knows nothing of HTTP or of the database.
 */
import type { HeldDelivery } from "../held-delivery.ts";

export interface FlightDeckSettings {
  /** Requests under way at once in this node. */
  readonly maxInFlight: number;
  /** Deliveries held at once, in flight or in line. */
  readonly maxHeld: number;
  /** Payload bytes held at once. */
  readonly maxHeldBytes: number;
  /** The in-flight cap of a delivery's endpoint, as far as this node knows it. */
  readonly endpointCap: (endpointId: string) => number;
  /** Runs one delivery to its record. Never rejects. */
  readonly run: (delivery: HeldDelivery) => Promise<void>;
  /** A delivery ended, and there is room again. */
  readonly onRoom: () => void;
}

interface Line {
  active: number;
  readonly waiting: HeldDelivery[];
}

export class FlightDeck {
  readonly #settings: FlightDeckSettings;
  /** Endpoints in the order of their next turn. */
  readonly #lines = new Map<string, Line>();
  #active = 0;
  #held = 0;
  #heldBytes = 0;
  #drained: (() => void)[] = [];

  constructor(settings: FlightDeckSettings) {
    this.#settings = settings;
  }

  /** Requests under way. */
  get active(): number {
    return this.#active;
  }

  /** Deliveries held. */
  get held(): number {
    return this.#held;
  }

  /** Deliveries that could start at once. */
  get shortRoom(): number {
    return Math.max(0, Math.min(this.#settings.maxInFlight - this.#held, this.claimRoom));
  }

  /** Deliveries that a claim may bring. */
  get claimRoom(): number {
    if (this.#heldBytes >= this.#settings.maxHeldBytes) return 0;
    return Math.max(0, this.#settings.maxHeld - this.#held);
  }

  take(deliveries: readonly HeldDelivery[]): void {
    for (const delivery of deliveries) {
      this.#held += 1;
      this.#heldBytes += delivery.data.byteLength;
      this.#lineOf(delivery.endpointId).waiting.push(delivery);
      this.#advance(delivery.endpointId);
    }
  }

  /** Forgets what has not started; its leases are released by the caller. */
  dropWaiting(): HeldDelivery[] {
    const dropped: HeldDelivery[] = [];
    for (const [endpointId, line] of this.#lines) {
      for (const delivery of line.waiting.splice(0)) {
        this.#held -= 1;
        this.#heldBytes -= delivery.data.byteLength;
        dropped.push(delivery);
      }
      if (line.active === 0) this.#lines.delete(endpointId);
    }
    this.#checkDrained();
    return dropped;
  }

  /** Resolves when nothing is held. */
  async drained(): Promise<void> {
    if (this.#held === 0) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #lineOf(endpointId: string): Line {
    let line = this.#lines.get(endpointId);
    if (line === undefined) {
      line = { active: 0, waiting: [] };
      this.#lines.set(endpointId, line);
    }
    return line;
  }

  #advance(endpointId: string): void {
    const line = this.#lines.get(endpointId);
    if (line === undefined) return;
    const cap = this.#settings.endpointCap(endpointId);
    while (line.active < cap && this.#active < this.#settings.maxInFlight) {
      const delivery = line.waiting.shift();
      if (delivery === undefined) break;
      line.active += 1;
      this.#active += 1;
      void this.#settings.run(delivery).finally(() => this.#finish(delivery, line));
    }
    if (line.active === 0 && line.waiting.length === 0) this.#lines.delete(endpointId);
  }

  #finish(delivery: HeldDelivery, line: Line): void {
    line.active -= 1;
    this.#active -= 1;
    this.#held -= 1;
    this.#heldBytes -= delivery.data.byteLength;
    const nodeWasFull = this.#active === this.#settings.maxInFlight - 1;
    this.#advance(delivery.endpointId);
    if (nodeWasFull) this.#advanceOthers();
    this.#settings.onRoom();
    this.#checkDrained();
  }

  /** The node was full, so lines may stand that no delivery of their own will move on. */
  #advanceOthers(): void {
    for (const [endpointId, line] of [...this.#lines]) {
      if (this.#active >= this.#settings.maxInFlight) return;
      if (line.waiting.length === 0) continue;
      this.#lines.delete(endpointId);
      this.#lines.set(endpointId, line);
      this.#advance(endpointId);
    }
  }

  #checkDrained(): void {
    if (this.#held === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }
}
