/**
 * Composes the stages into the machine that delivers: what is stored and leased goes straight to the wire, what waits
 * is claimed in turns, what ends is recorded. Owns its node's membership; stops by draining.
 */
import type { EnginePorts } from "../core/context.ts";
import type { KeyRing } from "../core/encryption/key-ring.ts";
import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { giveTurns } from "../db/queries/give-turns.ts";
import { isOutcomeUnknown } from "../db/is-outcome-unknown.ts";
import type { Courier } from "./deliver/deliver.ts";
import { claimDueDeliveries, NOTHING as NOTHING_CLAIMED } from "./dispatch/claim-due-deliveries.ts";
import { Dispatcher, type DispatcherSettings } from "./dispatch/dispatcher.ts";
import { DoubtfulLeases } from "./dispatch/doubtful-leases.ts";
import { FlightDeck } from "./dispatch/flight-deck.ts";
import { joinNodes, type NodeMembership } from "./dispatch/node-membership.ts";
import { ReceiverPaces } from "./dispatch/receiver-paces.ts";
import { untilNextTurn } from "./dispatch/until-next-turn.ts";
import type { EngineObserver } from "./engine-observer.ts";
import type { HeldDelivery } from "./held-delivery.ts";
import { InboxTaker } from "./inbox/inbox-taker.ts";
import { TargetLoader } from "./load/load-target.ts";
import { openTargets } from "./load/open-targets.ts";
import type { FinishedAttempt } from "./record/finished-attempt.ts";
import { MAX_DATA_BYTES } from "./publish/read-event-members.ts";
import { Recorder, type RecordOutcome } from "./record/recorder.ts";
import { RetryCrowds } from "./retry/retry-crowds.ts";
import { SecretUses } from "./record/secret-uses.ts";
import { withoutAttempt } from "./record/without-attempt.ts";
import { writeRecord } from "./record/write-record.ts";
import { runDelivery, type Stages } from "./run-delivery.ts";
import { createSoloSender } from "./send-alone.ts";
import { simulateOutage } from "./simulate/simulate-outage.ts";
import { EventStore } from "./store/event-store.ts";

export interface EngineSettings {
  readonly database: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly courier: Courier;
  readonly random: () => number;
  /** Of heartbeats; left out: this process's. */
  readonly monotonicMs?: (() => number) | undefined;
  /** Of this server, for `user-agent`. */
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  /** Whether this node takes deliveries. One that does not stores them for the others, and sends tests alone. */
  readonly dispatches: boolean;
  /** Requests under way at once in this node. */
  readonly maxInFlight: number;
  /** Of an endpoint that sets none. */
  readonly defaultMaxInFlight: number;
  readonly eventDays: number;
  readonly onError: (error: unknown, doing: string) => void;
  readonly observe?: EngineObserver;
}

export interface Engine extends AsyncDisposable {
  /** What core asks of the engine. */
  readonly ports: EnginePorts;
  readonly store: EventStore;
  readonly membership: NodeMembership;
  /** Something waits that the dispatcher may not know of. */
  wake(): void;
  /** Stores what products committed in their own transactions; resolves to how many events. None where it does not dispatch. */
  takeFromInbox(): Promise<number>;
  /** Claims once, for tests that move the clock; resolves to how many deliveries were taken. */
  dispatchOnce(): Promise<number>;
  /** Writes when secret versions last signed on this node; resolves to how many were written. */
  writeSecretUses(): Promise<number>;
  /** Gives back what commits leased whose answers were lost; resolves to how many deliveries. */
  giveBackDoubtful(): Promise<number>;
  stats(): { readonly inFlight: number; readonly held: number; readonly storing: number; readonly recording: number };
  /** Stops claiming, finishes what is in flight within `graceMs`, gives the rest back. */
  drain(options: { readonly graceMs: number }): Promise<{ readonly released: number }>;
}

/** Held deliveries beyond those in flight: the prefetch that keeps fast receivers busy. */
const HELD_FACTOR = 2;
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/**
 * A commit whose answer was read later than this may have lost its leases to others meanwhile: the process was frozen.
 * Well below the silence after which a node loses them; by the monotonic clock, as the time of a process that stood.
 */
const LATE_MS = 5_000;
/** A delivery whose endpoint could not be read is tried again after this. */
const TROUBLE_WAIT_MS = 5_000;

export async function startEngine(settings: EngineSettings): Promise<Engine> {
  const { database, clock, observe = {} } = settings;
  const membership = await joinNodes({
    database,
    clock,
    host: settings.host,
    pid: settings.pid,
    dispatches: settings.dispatches,
    monotonicMs: settings.monotonicMs,
    onShareChanged: () => deck.shareChanged(),
    onLost: () => forgetWaiting(),
  });
  const doubtful = new DoubtfulLeases({ database, clock });
  let drained: Promise<{ released: number }> | null = null;
  const loader = new TargetLoader({ database, open: (loaded) => openTargets(settings.keyRing, loaded) });

  const recorder = new Recorder({
    concurrency: database.kind === "postgres" ? 2 : 1,
    write: (batch) =>
      writeRecord(
        { ...settings, observe, now: clock.now(), eventIdDays: settings.eventDays, onWaiting: wakeAll },
        batch,
      ),
    onFreed: () => wake(),
    onError: (error) => settings.onError(error, "recording attempts"),
    onCommit: observe.recorded,
  });
  const secretUses = new SecretUses();
  const record = (finished: FinishedAttempt): Promise<RecordOutcome> => {
    secretUses.note(finished);
    observe.attempted?.(finished);
    heed(finished);
    deck.land(finished.delivery);
    return recorder.record(finished);
  };
  const paces = new ReceiverPaces(() => clock.nowMs());
  /** Before the delivery lands, so that nothing of an endpoint that asked for time starts in its place. */
  const heed = ({ delivery: { endpointId }, attempt, health, next }: FinishedAttempt): void => {
    if (health.decision !== "defer" || next.state !== "pending") {
      // A 500 is an answer too: the receiver took the request.
      if (attempt?.outcome === "accepted" || attempt?.outcome === "rejected") paces.answered(endpointId);
      return;
    }
    paces.askedForTime(endpointId, next.dueAt.getTime() - clock.nowMs());
    for (const waiting of deck.takeBack(endpointId)) {
      // The lane waits, not the delivery: it keeps its place before what came after it.
      const giveBack = { state: "pending", dueAt: waiting.eventCreatedAt, parkUntil: next.parkUntil } as const;
      void recorder.record(withoutAttempt(waiting, giveBack, clock.now()));
    }
  };
  const stages: Stages = {
    now: () => clock.now(),
    random: settings.random,
    crowds: new RetryCrowds(),
    version: settings.version,
    loader,
    courier: settings.courier,
    record,
  };
  const run = async (delivery: HeldDelivery): Promise<void> => {
    let attemptId: number | null = null;
    try {
      const outcome = await runDelivery(stages, delivery);
      if (outcome.kind === "recorded") attemptId = outcome.attemptId;
    } catch (error) {
      settings.onError(error, "running a delivery");
      const until = new Date(clock.nowMs() + TROUBLE_WAIT_MS);
      await record(withoutAttempt(delivery, { state: "pending", dueAt: until, parkUntil: until }, clock.now()));
    }
    solo.settle(delivery.eventId, attemptId);
  };
  const deck = new FlightDeck({
    maxInFlight: settings.maxInFlight,
    capShare: membership.capShare,
    maxHeld: settings.maxInFlight * HELD_FACTOR,
    maxHeldBytes: MAX_HELD_BYTES,
    maxDeliveryBytes: MAX_DATA_BYTES,
    run,
    onRoom: () => dispatcher?.roomFreed(),
    pace: (endpointId, isLast) => paces.start(endpointId, isLast),
  });
  /** Whether others may have this lease by now, or have it soon. */
  const isLost = (lease: number, tookMs: number): boolean =>
    tookMs > LATE_MS || !membership.owns(lease) || !membership.mayLease();
  const claim: DispatcherSettings["claim"] = async ({ room, isPatient }) => {
    if (!membership.mayLease()) return NOTHING_CLAIMED;
    const started = performance.now();
    const lease = membership.nextLease();
    const capShare = membership.capShare();
    const { fast } = deck;
    const asked = { ...settings, nextLease: () => lease, room, isPatient, capShare, fast };
    const claimed = await claimDueDeliveries(asked).catch((error: unknown) => {
      if (isOutcomeUnknown(error)) doubtful.add(lease);
      throw error;
    });
    if (isLost(lease, performance.now() - started)) {
      doubtful.add(lease);
      return { ...claimed, deliveries: [] };
    }
    if (claimed.deliveries.length > 0) observe.leased?.(claimed.deliveries, "claim", performance.now() - started);
    return claimed;
  };
  const dispatcher = settings.dispatches
    ? new Dispatcher({
        deck,
        claim,
        giveTurns: () => giveTurns(database, { now: clock.now() }),
        nextTurn: (withinMs) => untilNextTurn(settings, withinMs),
        onError: (error) => settings.onError(error, "claiming due deliveries"),
      })
    : null;
  const stopListening = dispatcher === null ? () => {} : database.onWake(() => dispatcher.wake());
  const store = new EventStore({
    database,
    clock,
    defaultMaxInFlight: settings.defaultMaxInFlight,
    eventIdDays: settings.eventDays,
    nextLease: membership.nextLease,
    capShare: membership.capShare,
    nodeRoom: () => (dispatcher !== null && drained === null && membership.mayLease() ? deck.shortRoom : 0),
    crowded: () => deck.crowded,
    isBehind: () => dispatcher?.isBehind ?? false,
    onLeased: (deliveries, { tookMs, piles }) => {
      const [first] = deliveries;
      if (first !== undefined && isLost(first.lease, tookMs)) {
        doubtful.add(first.lease);
        // Whoever waits for a test is told, once it waits.
        setImmediate(() => forget(deliveries));
        return;
      }
      observe.leased?.(deliveries, "store");
      // Who adds to the backlog rests itself: made way for, neither would do anything.
      if (dispatcher !== null && !(piles && dispatcher.isBehind)) dispatcher.makeWay();
      deck.take(deliveries);
    },
    onWaiting: wakeAll,
    onDoubt: (lease) => doubtful.add(lease),
    onCommit: observe.stored,
  });
  const solo = createSoloSender(store);
  const inbox = new InboxTaker({ database, clock, store, onSetAside: (rows) => observe.setAside?.(rows) });

  /** Whoever dispatches looks now: this node, or where it does not, the others. */
  function wake(): void {
    if (dispatcher === null) wakeAll();
    else dispatcher.wake();
  }

  function wakeAll(): void {
    dispatcher?.wake();
    database.wake().catch((error: unknown) => settings.onError(error, "waking the other nodes"));
  }

  const forget = (deliveries: readonly HeldDelivery[]): void => {
    for (const { eventId } of deliveries) solo.settle(eventId, null);
  };

  /** Forgets what has not started: its leases are lost, or about to be given back. */
  const forgetWaiting = (): void => forget(deck.dropWaiting());

  const drainOnce = async (graceMs: number): Promise<{ released: number }> => {
    stopListening();
    inbox.close();
    deck.close();
    forgetWaiting();
    await dispatcher?.[Symbol.asyncDispose]();
    // Publishes that are still stored from here on wait for others: there is no room on this node any more.
    await store[Symbol.asyncDispose]();
    forgetWaiting();
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, graceMs);
    await Promise.race([deck.drained(), deadline.promise]);
    clearTimeout(timer);
    recorder.abandon();
    try {
      const released = await membership.leave();
      await secretUses.write(database);
      return { released };
    } catch (error) {
      // Rescue takes the leases after ten seconds of silence.
      settings.onError(error, "giving deliveries back");
      return { released: 0 };
    }
  };

  const { sendTest, sendProbe } = solo;
  return {
    ports: {
      wakeDispatch: wake,
      sendTest,
      sendProbe,
      simulate: (scenario) => simulateOutage(scenario, settings),
    },
    store,
    membership,
    wake,
    takeFromInbox: async () => (settings.dispatches ? inbox.runOnce() : 0),
    dispatchOnce: async () => (dispatcher === null ? 0 : dispatcher.runOnce()),
    async giveBackDoubtful() {
      const deliveries = await doubtful.runOnce();
      if (deliveries > 0) wakeAll();
      return deliveries;
    },
    writeSecretUses: () => secretUses.write(database),
    stats: () => ({ inFlight: deck.active, held: deck.held, storing: store.depth, recording: recorder.depth }),
    drain: ({ graceMs }) => (drained ??= drainOnce(graceMs)),
    async [Symbol.asyncDispose]() {
      await (drained ??= drainOnce(0));
    },
  };
}
