/**
 * The deliveries that this node holds: at most so many requests under way in all, and of each endpoint this node's share
 * of its cap, the rest in line, in turns between endpoints: an endpoint whose line is long gets the same share of a full node as one that has
 * a single delivery in it. A delivery that has landed (its request is over) is held until it is recorded, but stands
 * in nobody's way: the next one flies while the record is written. Knows nothing of HTTP or of the database.
 */
import type { HeldDelivery } from "../held-delivery.ts";
import { type CapShare, shareOfCap } from "./cap-share.ts";
import { type CrowdedEndpoints, type FastEndpoints, LEASE_AHEAD } from "./lease-ahead.ts";
import { LinePulse } from "./line-pulse.ts";

export interface FlightDeckSettings {
  /** Requests under way at once in this node. */
  readonly maxInFlight: number;
  /** What this node may take of an endpoint's cap. */
  readonly capShare: () => CapShare;
  /** Deliveries held at once: in line, in flight, or landed and not yet recorded. */
  readonly maxHeld: number;
  /** Payload bytes held at once. */
  readonly maxHeldBytes: number;
  /** Payload bytes of one delivery at most. */
  readonly maxDeliveryBytes: number;
  /** Runs one delivery to its record; whoever knows that its request is over calls `land`. Never rejects. */
  readonly run: (delivery: HeldDelivery) => Promise<void>;
  /** A delivery ended, and there is room again. */
  readonly onRoom: () => void;
  /** Left out: monotonic milliseconds. */
  readonly nowMs?: () => number;
  /**
   * Milliseconds until the next request to an endpoint may start; 0 starts it. `isLast`: nothing else stands in its
   * line. Left out: whenever there is room.
   */
  readonly pace?: (endpointId: string, isLast: boolean) => number;
}

interface Line {
  /** It stands among those that have a turn. */
  hasTurn: boolean;
  /** In line, in flight, or landed and not yet recorded. */
  held: number;
  /** Requests under way. */
  readonly flying: HeldDelivery[];
  /** The endpoint's in-flight cap, by the newest version of it that was seen. */
  cap: number;
  version: number;
  readonly waiting: HeldDelivery[];
  readonly pulse: LinePulse;
}

/** Looked at again then, since a pace can change while a line waits. */
const LONGEST_TIMER_MS = 1_000;

export class FlightDeck {
  readonly #settings: FlightDeckSettings;
  readonly #lines = new Map<string, Line>();
  /** Lines that only the node's own limit holds back, in the order of their turns; in an array, for what bag.ts says. */
  readonly #turns: Line[] = [];
  /** Of lines that their pace holds back: each gets its turn again when that is over. */
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #nowMs: () => number;
  #active = 0;
  #held = 0;
  #heldBytes = 0;
  #isClosed = false;
  #drained: (() => void)[] = [];

  constructor(settings: FlightDeckSettings) {
    this.#settings = settings;
    this.#nowMs = settings.nowMs ?? (() => performance.now());
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
    if (this.#heldBytes >= this.#settings.maxHeldBytes) return 0;
    return Math.max(0, this.#settings.maxInFlight - this.#held);
  }

  /** Deliveries that a claim may bring. Their payloads come with them, so the largest of them must fit. */
  get claimRoom(): number {
    const { maxHeld, maxHeldBytes, maxDeliveryBytes } = this.#settings;
    const byBytes = Math.floor((maxHeldBytes - this.#heldBytes) / maxDeliveryBytes);
    return Math.max(0, Math.min(maxHeld - this.#held, byBytes));
  }

  /**
   * Leased ahead is what a receiver takes within a moment as it goes now: enough that a fast one never waits, while one
   * that hangs holds no more of this node than it may send at once, nor more than the node has left for all others. Any
   * other endpoint is one of which this node holds less than that.
   */
  get crowded(): CrowdedEndpoints {
    const share = this.#settings.capShare();
    const nowMs = this.#nowMs();
    const left = Math.max(0, this.#settings.maxInFlight - this.#held);
    const endpointIds: string[] = [];
    const rooms: number[] = [];
    for (const [endpointId, { held, cap, pulse }] of this.#lines) {
      const own = Math.max(1, Math.min(shareOfCap(cap, share), left));
      if (held < own) continue;
      endpointIds.push(endpointId);
      rooms.push(Math.max(0, own + pulse.read(nowMs) - held));
    }
    return { endpointIds, rooms };
  }

  /**
   * What a claim may bring beyond LEASE_AHEAD: else a receiver that takes it all in less than a claim and a record take
   * waits for both, in turns. At most half of what the node may hold, so that others find room.
   */
  get fast(): FastEndpoints {
    const share = this.#settings.capShare();
    const nowMs = this.#nowMs();
    const endpointIds: string[] = [];
    const holds: number[] = [];
    for (const [endpointId, { cap, pulse }] of this.#lines) {
      const own = shareOfCap(cap, share);
      const hold = Math.min(own + pulse.read(nowMs), this.#settings.maxHeld >> 1);
      if (hold <= own * LEASE_AHEAD) continue;
      endpointIds.push(endpointId);
      holds.push(hold);
    }
    return { endpointIds, holds };
  }

  take(deliveries: readonly HeldDelivery[]): void {
    for (const delivery of deliveries) {
      this.#held += 1;
      this.#heldBytes += delivery.data.byteLength;
      const line = this.#lineOf(delivery);
      line.held += 1;
      if (isWaitedFor(delivery)) line.waiting.unshift(delivery);
      else line.waiting.push(delivery);
      this.#giveTurn(line);
    }
    this.#advance();
  }

  /** The delivery's request is over, or none was made. Landing twice is the same as once. */
  land(delivery: HeldDelivery): void {
    const line = this.#lines.get(delivery.endpointId);
    if (line === undefined || !takeOut(line.flying, delivery)) return;
    this.#active -= 1;
    line.pulse.beat(this.#nowMs());
    if (line.waiting.length > 0) this.#giveTurn(line);
    this.#advance();
  }

  /** The node's share of the caps may have grown: lines that it held back get their turns. */
  shareChanged(): void {
    for (const line of this.#lines.values()) if (line.waiting.length > 0) this.#giveTurn(line);
    this.#advance();
  }

  /** Hands over what stands in one endpoint's line, tests excepted; its leases are given back by the caller. */
  takeBack(endpointId: string): HeldDelivery[] {
    const waiting = this.#lines.get(endpointId)?.waiting ?? [];
    const firstOther = waiting.findIndex((delivery) => !isWaitedFor(delivery));
    const taken = firstOther === -1 ? [] : waiting.splice(firstOther);
    for (const delivery of taken) this.#release(delivery);
    this.#checkDrained();
    return taken;
  }

  /** Starts nothing more, whatever still comes: a claim may be under way. */
  close(): void {
    this.#isClosed = true;
  }

  /** Forgets what has not started; its leases are released by the caller. */
  dropWaiting(): HeldDelivery[] {
    const dropped: HeldDelivery[] = [];
    for (const line of this.#lines.values()) {
      for (const delivery of line.waiting.splice(0)) {
        this.#release(delivery);
        dropped.push(delivery);
      }
    }
    for (const line of this.#turns.splice(0)) line.hasTurn = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#checkDrained();
    return dropped;
  }

  /** Resolves when nothing is held. */
  async drained(): Promise<void> {
    if (this.#held === 0) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  #lineOf({ endpointId, version, maxInFlight }: HeldDelivery): Line {
    let line = this.#lines.get(endpointId);
    if (line === undefined) {
      const pulse = new LinePulse(this.#nowMs());
      line = { hasTurn: false, held: 0, flying: [], cap: maxInFlight, version, waiting: [], pulse };
      this.#lines.set(endpointId, line);
    }
    if (version > line.version) {
      line.version = version;
      line.cap = maxInFlight;
    }
    return line;
  }

  #giveTurn(line: Line): void {
    if (line.hasTurn) return;
    line.hasTurn = true;
    this.#turns.push(line);
  }

  /** Starts one delivery a turn, until the node is full or nothing may start. */
  #advance(): void {
    const share = this.#settings.capShare();
    while (!this.#isClosed && this.#active < this.#settings.maxInFlight) {
      const line = this.#turns.shift();
      if (line === undefined) return;
      line.hasTurn = false;
      if (line.flying.length >= shareOfCap(line.cap, share)) continue;
      const [delivery] = line.waiting;
      if (delivery === undefined || this.#isHeldBack(delivery, line)) continue;
      line.waiting.shift();
      line.flying.push(delivery);
      this.#active += 1;
      if (line.waiting.length > 0) this.#giveTurn(line);
      void this.#settings.run(delivery).finally(() => this.#finish(delivery));
    }
  }

  /** Whether the endpoint's pace lets nothing start now; then its line gets another turn when it may. */
  #isHeldBack(delivery: HeldDelivery, { waiting }: Line): boolean {
    const { pace } = this.#settings;
    if (pace === undefined || isWaitedFor(delivery)) return false;
    const { endpointId } = delivery;
    const waitMs = pace(endpointId, waiting.length === 1);
    if (waitMs === 0) return false;
    if (this.#timers.has(endpointId)) return true;
    const takeTurn = (): void => {
      this.#timers.delete(endpointId);
      const line = this.#lines.get(endpointId);
      if (line !== undefined) this.#giveTurn(line);
      this.#advance();
    };
    this.#timers.set(endpointId, setTimeout(takeTurn, Math.min(waitMs, LONGEST_TIMER_MS)).unref());
    return true;
  }

  #finish(delivery: HeldDelivery): void {
    this.land(delivery);
    this.#release(delivery);
    this.#settings.onRoom();
    this.#checkDrained();
  }

  #release({ endpointId, data }: HeldDelivery): void {
    this.#held -= 1;
    this.#heldBytes -= data.byteLength;
    const line = this.#lines.get(endpointId);
    if (line === undefined) return;
    line.held -= 1;
    if (line.held === 0) this.#lines.delete(endpointId);
  }

  #checkDrained(): void {
    if (this.#held === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }
}

/** Somebody waits for the answer of a test: it stands in front, and no pace holds it. */
function isWaitedFor({ source }: HeldDelivery): boolean {
  return source === "test" || source === "probe";
}

/** Whether it was there; what stood last takes its place. An array, for what bag.ts says of sets. */
function takeOut(deliveries: HeldDelivery[], delivery: HeldDelivery): boolean {
  const index = deliveries.indexOf(delivery);
  const last = index === -1 ? undefined : deliveries.pop();
  if (last === undefined) return false;
  if (last !== delivery) deliveries[index] = last;
  return true;
}
