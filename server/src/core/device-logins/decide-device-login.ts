/**
 * The life of a device login as a pure function: which states there are, what can happen in each, and what comes of it.
 * Specified by docs/device-login.md, which a test compares with the table below; a missing cell does not compile. The
 * verbs lock the row, ask here and write exactly what is said.
 *
 *   pending ──approve──► approved ──poll──► consumed
 *      └────── deny ───► denied
 */

export const DEVICE_LOGIN_STATES = ["pending", "approved", "denied", "consumed"] as const;
export type DeviceLoginState = (typeof DEVICE_LOGIN_STATES)[number];
/** With its time: a pending or approved login whose end has come is expired, whatever its row says. */
export type DeviceLoginStanding = DeviceLoginState | "expired";

/** What a poll is answered: tokens, or an error of RFC 8628, 3.5, and RFC 6749, 5.2. */
export type PollSaying =
  | "tokens"
  | "authorization_pending"
  | "slow_down"
  | "access_denied"
  | "expired_token"
  | "invalid_grant";
/** What a person who decides is told. `answered`: somebody decided before. */
export type DecisionSaying = "done" | "answered" | "over";

interface Cell<Saying> {
  /** The state that comes of it; null: it stays. */
  readonly to: DeviceLoginState | null;
  readonly says: Saying;
}
type Row<Saying> = { readonly [Standing in DeviceLoginStanding]: Cell<Saying> };

const says = <Saying>(saying: Saying): Cell<Saying> => ({ to: null, says: saying });

const afterPending: Omit<Row<PollSaying>, "pending"> = {
  approved: { to: "consumed", says: "tokens" },
  denied: says("access_denied"),
  consumed: says("invalid_grant"),
  expired: says("expired_token"),
};
const decided: Omit<Row<DecisionSaying>, "pending"> = {
  approved: says("answered"),
  denied: says("answered"),
  consumed: says("answered"),
  expired: says("over"),
};

export const POLL_TABLE: { readonly [Event in "poll" | "poll_early"]: Row<PollSaying> } = {
  poll: { pending: says("authorization_pending"), ...afterPending },
  poll_early: { pending: says("slow_down"), ...afterPending },
};
export const DECISION_TABLE: { readonly [Event in "approve" | "deny"]: Row<DecisionSaying> } = {
  approve: { pending: { to: "approved", says: "done" }, ...decided },
  deny: { pending: { to: "denied", says: "done" }, ...decided },
};

export interface DeviceLoginTimes {
  readonly state: DeviceLoginState;
  readonly expiresAt: Date;
  /** Null: never. */
  readonly polledAt: Date | null;
  readonly intervalSeconds: number;
}

/** Each poll that comes too early (RFC 8628, 3.5). */
const SLOWER_BY_SECONDS = 5;
/** A program that polls without pause would otherwise have to wait for longer than its login lives. */
const INTERVAL_SECONDS_MAX = 60;
/** The way of a request takes now more, now less: a program that keeps the interval must not be told to slow down. */
const EARLY_TOLERANCE_MS = 1000;

export function standingOf({ state, expiresAt }: DeviceLoginTimes, now: Date): DeviceLoginStanding {
  const hasEnd = state === "pending" || state === "approved";
  return hasEnd && expiresAt <= now ? "expired" : state;
}

export interface DecidedPoll {
  readonly says: PollSaying;
  readonly state: DeviceLoginState;
  readonly polledAt: Date;
  readonly intervalSeconds: number;
}

export function decidePoll(login: DeviceLoginTimes, now: Date): DecidedPoll {
  const { polledAt, intervalSeconds } = login;
  const isEarly = polledAt !== null && now.getTime() - polledAt.getTime() < intervalSeconds * 1000 - EARLY_TOLERANCE_MS;
  const cell = POLL_TABLE[isEarly ? "poll_early" : "poll"][standingOf(login, now)];
  const slower = Math.min(intervalSeconds + SLOWER_BY_SECONDS, INTERVAL_SECONDS_MAX);
  return {
    says: cell.says,
    state: cell.to ?? login.state,
    polledAt: now,
    intervalSeconds: cell.says === "slow_down" ? slower : intervalSeconds,
  };
}

export function decideAnswer(login: DeviceLoginTimes, event: "approve" | "deny", now: Date): Cell<DecisionSaying> {
  return DECISION_TABLE[event][standingOf(login, now)];
}
