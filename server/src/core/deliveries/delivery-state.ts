/**
 * The life of a delivery as a pure function: which states there are, what can happen in each, and what comes of it.
 * Specified by docs/delivery-states.md, which a test compares with the table below; a missing cell does not compile.
 *
 *   stored → pending ⇄ in_flight → succeeded | exhausted | cancelled → (resend) pending
 *
 * The SQL statements do these moves on rows; this is what they must do, and what tests hold them against.
 */

export const DELIVERY_STATES = ["pending", "in_flight", "succeeded", "exhausted", "cancelled"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
export type FinalState = "succeeded" | "exhausted" | "cancelled";

export type CancelReason =
  | "endpoint_disabled"
  | "endpoint_deleted"
  | "tenant_deleted"
  | "requested"
  | "retention"
  /** A probe whose node went before it was sent: nobody waits for its answer any more. */
  | "interrupted";

interface Run {
  /** From 1; rises with each resend. */
  readonly run: number;
  /** Tries spent in this run, the successful one included. */
  readonly attempts: number;
  /** Attempts of this run that spent no try, since the receiver asked for time. */
  readonly deferrals: number;
  readonly runStartedAt: Date;
  readonly lastAttemptAt: Date | null;
}
export interface PendingDelivery extends Run {
  readonly state: "pending";
  readonly dueAt: Date;
}
export interface InFlightDelivery extends Run {
  readonly state: "in_flight";
  /** Given by one claim and to one node; the fence against a late one. */
  readonly lease: number;
}
export interface FinishedDelivery extends Run {
  readonly state: FinalState;
  readonly finishedAt: Date;
  /** Set exactly when cancelled. */
  readonly reason: CancelReason | null;
}
export type Delivery = PendingDelivery | InFlightDelivery | FinishedDelivery;

/** An attempt is known by when it started; `lease` is the one under which it was made. */
interface Attempted {
  readonly lease: number;
  readonly attemptedAt: Date;
}
export type DeliveryEvent =
  | { readonly kind: "leased"; readonly lease: number }
  | ({ readonly kind: "accepted" } & Attempted)
  | ({ readonly kind: "failed"; readonly dueAt: Date } & Attempted)
  | ({ readonly kind: "gave_up" } & Attempted)
  | ({ readonly kind: "deferred"; readonly dueAt: Date } & Attempted)
  | { readonly kind: "held"; readonly lease: number; readonly dueAt: Date }
  | ({ readonly kind: "stopped"; readonly reason: CancelReason } & Attempted)
  | { readonly kind: "endpoint_ended"; readonly reason: CancelReason }
  | { readonly kind: "cancel_asked" }
  | { readonly kind: "resend_asked" }
  | { readonly kind: "lease_lost"; readonly lease: number }
  | { readonly kind: "released"; readonly lease: number }
  | { readonly kind: "retention_due" };
export type DeliveryEventKind = DeliveryEvent["kind"];

/** refused: who asked is told. unchanged: nobody needs to know. */
type Answer = "refused" | "unchanged";
type InState<S extends DeliveryState> = Extract<Delivery, { state: S }>;
type OfKind<K extends DeliveryEventKind> = Extract<DeliveryEvent, { kind: K }>;
interface Move<S extends DeliveryState, K extends DeliveryEventKind> {
  readonly to: DeliveryState;
  readonly apply: (delivery: InState<S>, event: OfKind<K>, now: Date) => Delivery;
}
type Table = { readonly [K in DeliveryEventKind]: { readonly [S in DeliveryState]: Answer | Move<S, K> } };

const neverEnded = { succeeded: "refused", exhausted: "refused", cancelled: "refused" } as const;
const leftAlone = { succeeded: "unchanged", exhausted: "unchanged", cancelled: "unchanged" } as const;

const table: Table = {
  leased: { pending: { to: "in_flight", apply: toInFlight }, in_flight: "refused", ...neverEnded },
  accepted: {
    pending: "refused",
    in_flight: { to: "succeeded", apply: (d, e, now) => finish(spendTry(d, e), "succeeded", now) },
    ...neverEnded,
  },
  failed: {
    pending: "refused",
    in_flight: { to: "pending", apply: (d, e) => wait(spendTry(d, e), e.dueAt) },
    ...neverEnded,
  },
  gave_up: {
    pending: "refused",
    in_flight: { to: "exhausted", apply: (d, e, now) => finish(spendTry(d, e), "exhausted", now) },
    ...neverEnded,
  },
  deferred: {
    pending: "refused",
    in_flight: { to: "pending", apply: (d, e) => wait(spendDeferral(d, e), e.dueAt) },
    ...neverEnded,
  },
  held: {
    pending: "refused",
    in_flight: { to: "pending", apply: (d, e) => wait(runOf(d), e.dueAt) },
    ...neverEnded,
  },
  stopped: {
    pending: "refused",
    in_flight: { to: "cancelled", apply: (d, e, now) => cancel(spendTry(d, e), e.reason, now) },
    ...neverEnded,
  },
  endpoint_ended: {
    pending: { to: "cancelled", apply: (d, e, now) => cancel(runOf(d), e.reason, now) },
    in_flight: "unchanged",
    ...leftAlone,
  },
  cancel_asked: {
    pending: { to: "cancelled", apply: (d, _, now) => cancel(runOf(d), "requested", now) },
    in_flight: "refused",
    ...neverEnded,
  },
  resend_asked: {
    pending: { to: "pending", apply: startRun },
    in_flight: "refused",
    succeeded: { to: "pending", apply: startRun },
    exhausted: { to: "pending", apply: startRun },
    cancelled: { to: "pending", apply: startRun },
  },
  lease_lost: {
    pending: "unchanged",
    in_flight: { to: "pending", apply: (d, _, now) => wait(runOf(d), now) },
    ...leftAlone,
  },
  released: {
    pending: "refused",
    in_flight: { to: "pending", apply: (d, _, now) => wait(runOf(d), now) },
    ...neverEnded,
  },
  retention_due: {
    pending: { to: "cancelled", apply: (d, _, now) => cancel(runOf(d), "retention", now) },
    in_flight: { to: "cancelled", apply: (d, _, now) => cancel(runOf(d), "retention", now) },
    ...leftAlone,
  },
};

/** A delivery as the store statement begins it: waiting, or on the short way already leased to the storing node. */
export function storeDelivery({ lease, now }: { lease: number | null; now: Date }): Delivery {
  const run: Run = { run: 1, attempts: 0, deferrals: 0, runStartedAt: now, lastAttemptAt: null };
  return lease === null ? wait(run, now) : { ...run, state: "in_flight", lease };
}

/** The delivery after the event, or why it stays as it is. An event with a lease counts only with the current one. */
export function changeDelivery(delivery: Delivery, event: DeliveryEvent, now: Date): Delivery | Answer {
  if (delivery.state === "in_flight" && event.kind !== "leased" && "lease" in event && event.lease !== delivery.lease) {
    return event.kind === "lease_lost" ? "unchanged" : "refused";
  }
  // The table is typed cell by cell; a lookup by two values at once is beyond what the types can follow.
  const cell = table[event.kind][delivery.state] as Answer | Move<DeliveryState, DeliveryEventKind>;
  return typeof cell === "string" ? cell : cell.apply(delivery, event, now);
}

/** What the table says, without a delivery at hand: the next state, or the answer. */
export function findNextState(state: DeliveryState, kind: DeliveryEventKind): DeliveryState | Answer {
  const cell = table[kind][state];
  return typeof cell === "string" ? cell : cell.to;
}

function runOf({ run, attempts, deferrals, runStartedAt, lastAttemptAt }: Run): Run {
  return { run, attempts, deferrals, runStartedAt, lastAttemptAt };
}

function spendTry(delivery: Run, { attemptedAt }: Attempted): Run {
  return { ...runOf(delivery), attempts: delivery.attempts + 1, lastAttemptAt: attemptedAt };
}

function spendDeferral(delivery: Run, { attemptedAt }: Attempted): Run {
  return { ...runOf(delivery), deferrals: delivery.deferrals + 1, lastAttemptAt: attemptedAt };
}

function wait(run: Run, dueAt: Date): PendingDelivery {
  return { ...run, state: "pending", dueAt };
}

function toInFlight(delivery: PendingDelivery, { lease }: { readonly lease: number }): InFlightDelivery {
  return { ...runOf(delivery), state: "in_flight", lease };
}

function finish(run: Run, state: "succeeded" | "exhausted", now: Date): FinishedDelivery {
  return { ...run, state, finishedAt: now, reason: null };
}

function cancel(run: Run, reason: CancelReason, now: Date): FinishedDelivery {
  return { ...run, state: "cancelled", finishedAt: now, reason };
}

function startRun(delivery: Delivery, _: unknown, now: Date): PendingDelivery {
  const { run, lastAttemptAt } = delivery;
  return wait({ run: run + 1, attempts: 0, deferrals: 0, runStartedAt: now, lastAttemptAt }, now);
}
