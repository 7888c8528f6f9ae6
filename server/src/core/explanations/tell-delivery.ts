/**
 * A delivery's whole way as a timeline of plain sentences: stored, each run and attempt, what was decided and why, what
 * was done to its endpoint meanwhile, and its end or what it waits for now. Pure. The API and `posthorn trace` both
 * tell it in these words.
 *
 * Attempts, ends and acts are recorded and certain. That a try went out later than it was due is certain too; why it
 * did is only said where an act is recorded that explains it.
 */
import type { ChangeRow } from "../../db/queries/list-changes-since.ts";
import type { Attempt } from "../attempts/attempt.ts";
import type { Delivery } from "../deliveries/delivery.ts";
import { describeAttempt, type ToldAttempt } from "./describe-attempt.ts";
import { describeEnd } from "./describe-end.ts";
import type { Standing } from "./standing.ts";

export const TIMELINE_KINDS = [
  "stored",
  "run",
  "late",
  "attempt",
  "decided",
  "endpoint",
  "ended",
  "now",
  "due",
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export interface TimelineEntry {
  readonly at: Date;
  readonly kind: TimelineKind;
  readonly text: string;
  readonly detail: string | null;
  readonly cause: string | null;
  readonly advice: string | null;
  /** Of `attempt` and `decided`. */
  readonly attempt: { readonly id: number; readonly run: number; readonly number: number } | null;
}

export type TimelineAttempt = ToldAttempt &
  Pick<Attempt, "id" | "run" | "startedAt" | "decision" | "reason" | "nextAt">;

export interface DeliveryFacts {
  readonly delivery: Omit<Delivery, "eventId" | "type">;
  /** Oldest first. */
  readonly attempts: readonly TimelineAttempt[];
  /** Oldest first: of the endpoint, the delivery and the event. */
  readonly changes: readonly ChangeRow[];
  /** Null when it has ended. */
  readonly standing: Standing | null;
  readonly now: Date;
}

/** Claims, batches and clocks account for less. */
const LATE_MS = 5_000;

const PLAIN = { detail: null, cause: null, advice: null, attempt: null } as const;

export function tellDelivery(facts: DeliveryFacts): TimelineEntry[] {
  const { delivery, attempts, standing, now } = facts;
  // Blocks are sorted by their beginning: what was decided stays with its attempt, whatever took place meanwhile.
  const blocks = [
    [tellStart(delivery)],
    ...attempts.map((attempt, index) => tellAttempt(attempt, attempts[index - 1] ?? null, facts)),
    ...facts.changes.map((change) => tellChange(change, delivery)),
    ...tellUntriedRun(facts),
  ].filter((block) => block.length > 0);
  const entries = blocks.toSorted((one, other) => timeOf(one) - timeOf(other)).flat();
  if (delivery.finishedAt !== null) {
    const end = describeEnd(delivery, attempts.at(-1) ?? null);
    return [...entries, { ...PLAIN, at: delivery.finishedAt, kind: "ended", ...end }];
  }
  if (standing === null) return entries;
  const { text, advice, until } = standing;
  const here: TimelineEntry = { ...PLAIN, at: now, kind: "now", text, advice };
  const next = until ?? delivery.dueAt;
  if (next === null || next <= now) return [...entries, here];
  return [...entries, here, { ...PLAIN, at: next, kind: "due", text: describeNext(standing, facts) }];
}

function timeOf([first]: readonly TimelineEntry[]): number {
  return first?.at.getTime() ?? 0;
}

const STARTS: Readonly<Record<Delivery["source"], string>> = {
  publish: "Stored with the event, in one commit.",
  operational: "Stored with an event of Posthorn's own, since the endpoint names its type.",
  test: "Stored for a test of the endpoint.",
  probe: "Stored for a probe of the receiver.",
  resend: "Stored with the event; it has been resent since.",
};

function tellStart({ source, createdAt }: DeliveryFacts["delivery"]): TimelineEntry {
  return { ...PLAIN, at: createdAt, kind: "stored", text: STARTS[source] };
}

/** The present run, where it has not been tried yet. */
function tellUntriedRun({ attempts, changes, delivery: { run } }: DeliveryFacts): TimelineEntry[][] {
  if (run === 1 || attempts.some((attempt) => attempt.run === run)) return [];
  const at = changes.findLast(({ action }) => action.endsWith(".resend"))?.at;
  return at === undefined ? [] : [[tellRun(run, at)]];
}

function tellRun(run: number, at: Date): TimelineEntry {
  return { ...PLAIN, at, kind: "run", text: `Resent: run ${run} begins, with all its tries before it.` };
}

function tellAttempt(attempt: TimelineAttempt, before: TimelineAttempt | null, facts: DeliveryFacts): TimelineEntry[] {
  const { id, run, number, startedAt, timings, nextAt } = attempt;
  const named = { id, run, number };
  const ended = new Date(startedAt.getTime() + (timings.totalMs ?? 0));
  const until = nextAt === null ? "" : ` Due again ${nextAt.toISOString()}.`;
  return [
    ...tellBefore(attempt, before, facts),
    { at: startedAt, kind: "attempt", ...describeAttempt(attempt), attempt: named },
    { ...PLAIN, at: ended, kind: "decided", text: `${attempt.decision}: ${attempt.reason}${until}`, attempt: named },
  ];
}

/** The run that begins with an attempt, or that it was late. */
function tellBefore(
  { run, number, startedAt }: TimelineAttempt,
  before: TimelineAttempt | null,
  { delivery, changes }: DeliveryFacts,
): TimelineEntry[] {
  // Of more attempts than are told, the first one told has others before it.
  if (before === null && number > 1) return [];
  if (run !== (before?.run ?? 1)) return [tellRun(run, startedAt)];
  const dueAt = before === null ? delivery.createdAt : before.nextAt;
  if (dueAt === null || startedAt.getTime() - dueAt.getTime() <= LATE_MS) return [];
  return [{ ...PLAIN, at: startedAt, kind: "late", text: describeLate(dueAt, startedAt, changes) }];
}

function describeLate(dueAt: Date, startedAt: Date, changes: readonly ChangeRow[]): string {
  const seconds = Math.round((startedAt.getTime() - dueAt.getTime()) / 1000);
  const resumed = changes.some((change) => change.at > dueAt && change.at <= startedAt && isResumed(change));
  const why = resumed
    ? "the endpoint was stopped meanwhile"
    : "the endpoint's cap, rate limit or a Retry-After held it back, or the server was busy or down; which is not recorded";
  return `Sent ${seconds} s after it was due: ${why}.`;
}

function isResumed({ status_before: before, status_after: after, held_before: held }: ChangeRow): boolean {
  return held === true || (after === "active" && before !== "active");
}

/** Only what moved the endpoint between its states, in the delivery's time. */
function tellChange(change: ChangeRow, { finishedAt }: DeliveryFacts["delivery"]): TimelineEntry[] {
  const { at } = change;
  const text = describeChange(change);
  if (text === null || (finishedAt !== null && at > finishedAt)) return [];
  return [{ ...PLAIN, at, kind: "endpoint", text }];
}

function describeChange({ action, ...move }: ChangeRow): string | null {
  if (action === "endpoint.delete") return "The endpoint was deleted.";
  if (action === "profile.set") {
    if (move.held_before === move.held_after) return null;
    const how = move.held_after === true ? "off" : "on again";
    return `The tenant switched all deliveries of the endpoint's profile ${how}.`;
  }
  const { status_before: before, status_after: after } = move;
  if (!action.startsWith("endpoint.") || before === after || before === null || after === null) return null;
  return after === "active" ? "The endpoint was resumed." : `The endpoint was ${after}.`;
}

function describeNext({ code }: Standing, { attempts, delivery }: DeliveryFacts): string {
  if (code === "parked") return "The endpoint may be sent to again.";
  const last = attempts.at(-1);
  const isFirst = last === undefined || last.run !== delivery.run;
  return isFirst ? "The first try." : "The next try, as was decided after the last one.";
}
