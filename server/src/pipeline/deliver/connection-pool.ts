/**
 * Shares a bounded number of sockets between requests: so many in all, so many for one origin, and so many
 * origins remembered while nobody uses them.
 *
 * A slot is taken before a socket is dialled and given back when it is closed, so the bounds hold for
 * sockets on their way in and out too. When the total is used up, origins take turns for what gets free,
 * so that one origin with many hanging receivers cannot keep the others out.
 */
import { Connection } from "./connection.ts";
import type { OpenedSocket } from "./connection.ts";
import type { Destination } from "./destinations.ts";
import { Origin } from "./origin.ts";
import type { SocketWaiter } from "./origin.ts";

export interface PoolLimits {
  readonly sockets: number;
  readonly socketsPerOrigin: number;
  /** Origins without a request that are remembered, with their idle sockets and TLS session. */
  readonly idleOrigins: number;
}

export class ConnectionPool {
  readonly #limits: PoolLimits;
  readonly #verified = new Map<string, Origin>();
  readonly #unverified = new Map<string, Origin>();
  /** Oldest first. */
  readonly #quietOrigins = new Set<Origin>();
  /** Origins whose requests wait for a slot, in turn. */
  readonly #waitingOrigins = new Set<Origin>();
  readonly #connections = new Set<Connection>();
  #slots = 0;
  #onEmpty: (() => void) | null = null;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** An origin asked for must be used in the same turn: only use makes it forgettable. */
  originOf(destination: Destination, verifyTls: boolean): Origin {
    const origins = verifyTls ? this.#verified : this.#unverified;
    const known = origins.get(destination.origin);
    if (known !== undefined) return known;
    const origin = new Origin(destination.url, verifyTls);
    origins.set(origin.url, origin);
    return origin;
  }

  /**
   * Gives an idle connection, or leave to open one, or makes the request wait for its `granted` call.
   * @param fresh true for a request that an idle connection just failed: it is not given another idle one.
   */
  acquire(origin: Origin, waiter: SocketWaiter, fresh: boolean): Connection | "open" | "wait" {
    this.#quietOrigins.delete(origin);
    const idle = fresh ? null : takeIdle(origin);
    if (idle !== null) {
      origin.inUse += 1;
      return idle;
    }
    if (this.#hasSlotFor(origin) && this.#waitingOrigins.size === 0) {
      this.#takeSlot(origin);
      return "open";
    }
    origin.waiters.push(waiter);
    if (origin.open >= this.#limits.socketsPerOrigin) {
      takeIdle(origin)?.destroy();
    } else {
      this.#waitingOrigins.add(origin);
      this.#closeOneIdle();
    }
    return "wait";
  }

  /** Takes over the socket that was opened with the leave given before. */
  opened(origin: Origin, opened: OpenedSocket): Connection {
    const connection = new Connection(origin.url, opened, (used) => this.#release(origin, used));
    this.#connections.add(connection);
    connection.onClose(() => this.#closed(origin, connection));
    return connection;
  }

  openFailed(origin: Origin): void {
    origin.inUse -= 1;
    this.#freeSlot(origin);
  }

  /** Takes a connection back, open or not. */
  #release(origin: Origin, connection: Connection): void {
    origin.inUse -= 1;
    if (!connection.isOpen) return this.#noteQuiet(origin);
    if (this.#waitingOrigins.size > 0) {
      connection.destroy();
      return this.#noteQuiet(origin);
    }
    const waiter = nextWaiter(origin);
    if (waiter !== null) {
      origin.inUse += 1;
      return waiter.granted(connection);
    }
    origin.idle.push(connection);
    this.#noteQuiet(origin);
  }

  stats(): { openSockets: number; idleSockets: number; origins: number; waiting: number } {
    const origins = [...this.#verified.values(), ...this.#unverified.values()];
    return {
      openSockets: this.#slots,
      idleSockets: origins.reduce((sum, origin) => sum + origin.idle.length, 0),
      origins: origins.length,
      waiting: origins.reduce((sum, origin) => sum + origin.waiters.filter((waiter) => !waiter.isDone).length, 0),
    };
  }

  /** Closes every socket; resolves once all are closed. */
  async destroy(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    if (this.#slots > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  #hasSlotFor(origin: Origin): boolean {
    return this.#slots < this.#limits.sockets && origin.open < this.#limits.socketsPerOrigin;
  }

  #takeSlot(origin: Origin): void {
    this.#slots += 1;
    origin.open += 1;
    origin.inUse += 1;
  }

  #closed(origin: Origin, connection: Connection): void {
    this.#connections.delete(connection);
    const index = origin.idle.indexOf(connection);
    if (index !== -1) origin.idle.splice(index, 1);
    this.#freeSlot(origin);
  }

  #freeSlot(origin: Origin): void {
    this.#slots -= 1;
    origin.open -= 1;
    if (origin.waiters.length > 0) this.#waitingOrigins.add(origin);
    this.#grantSlots();
    this.#noteQuiet(origin);
    if (this.#slots === 0) this.#onEmpty?.();
  }

  /** Each origin in turn gets one slot; those at their own limit come back when one of theirs gets free. */
  #grantSlots(): void {
    for (const origin of this.#waitingOrigins) {
      if (this.#slots >= this.#limits.sockets) return;
      this.#waitingOrigins.delete(origin);
      if (origin.open >= this.#limits.socketsPerOrigin) continue;
      const waiter = nextWaiter(origin);
      if (waiter === null) {
        this.#noteQuiet(origin);
        continue;
      }
      if (origin.waiters.length > 0) this.#waitingOrigins.add(origin);
      this.#takeSlot(origin);
      waiter.granted(null);
    }
  }

  #noteQuiet(origin: Origin): void {
    if (!origin.isQuiet) return;
    this.#quietOrigins.delete(origin);
    this.#quietOrigins.add(origin);
    if (this.#quietOrigins.size <= this.#limits.idleOrigins) return;
    const [oldest] = this.#quietOrigins;
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(origin: Origin): void {
    this.#quietOrigins.delete(origin);
    const origins = origin.verifyTls ? this.#verified : this.#unverified;
    if (origins.get(origin.url) === origin) origins.delete(origin.url);
    for (const connection of origin.idle) connection.destroy();
  }

  /** Makes room for an origin that has no socket: what was idle longest goes first. */
  #closeOneIdle(): void {
    const candidates = [this.#quietOrigins, this.#verified.values(), this.#unverified.values()];
    for (const origins of candidates) {
      for (const origin of origins) {
        const connection = origin.idle.shift();
        if (connection !== undefined) return connection.destroy();
      }
    }
  }
}

function takeIdle(origin: Origin): Connection | null {
  for (let connection = origin.idle.pop(); connection !== undefined; connection = origin.idle.pop()) {
    if (connection.isOpen) return connection;
  }
  return null;
}

function nextWaiter(origin: Origin): SocketWaiter | null {
  for (let waiter = origin.waiters.shift(); waiter !== undefined; waiter = origin.waiters.shift()) {
    if (!waiter.isDone) return waiter;
  }
  return null;
}
