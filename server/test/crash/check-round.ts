/**
 * Decides whether a round kept the promises (pure): from what publishers and receivers saw, what each death left in the
 * database, and what stands there at the end. Whoever reads a violation knows the rule and one delivery that broke it.
 */
import { fromNumberId } from "../../src/core/ids/public-id.ts";
import type { CrashTenant } from "./crash-tenant.ts";
import type { AttemptedRow, EndedRow, Ledger, QueuedRow } from "./read-ledger.ts";
import type { Publish, Resend } from "./start-load.ts";

export interface RoundFacts {
  readonly tenant: Pick<CrashTenant, "endpoints">;
  /** Every publish of the round, those that were asked again included: all of them are answered by now. */
  readonly publishes: readonly Publish[];
  readonly resends: readonly Resend[];
  readonly deaths: readonly DeathFacts[];
  /** What receivers got, in order. */
  readonly requests: readonly RequestFacts[];
  readonly final: Ledger;
}

export interface DeathFacts {
  /** Of the server that was killed; null when it died before it was a node. */
  readonly nodeId: number | null;
  readonly found: Ledger;
  /** The publishes that were answered by then. */
  readonly answered: ReadonlySet<Publish>;
  /** How many requests receivers had got by then. */
  readonly requests: number;
}

export interface RequestFacts {
  /** The receiver's path. */
  readonly path: string;
  /** The public id of the event. */
  readonly eventId: string;
}

export interface RoundVerdict {
  /** Deliveries of answered publishes that were not made. */
  readonly lost: number;
  /** Requests of which no attempt was recorded: they were made again. */
  readonly repeated: number;
  /** Deliveries that the killed servers held. */
  readonly inFlight: number;
  readonly violations: readonly string[];
}

const LEASES_A_NODE = 2 ** 32;

type DeliveryRow = EndedRow | QueuedRow;

export function checkRound(facts: RoundFacts): RoundVerdict {
  const requests = countRequests(facts);
  const lost = findLost(facts, requests);
  const repeats = findRepeats(facts, requests);
  return {
    lost: lost.length,
    repeated: repeats.repeated,
    inFlight: repeats.inFlight,
    violations: [
      ...lost,
      ...repeats.violations,
      ...facts.deaths.flatMap((death) => findHalfStored(facts, death)),
      ...facts.deaths.flatMap((death) => findSentAfterEnd(facts, death)),
      ...facts.deaths.flatMap(({ found }) => findInconsistencies(found)),
      ...findInconsistencies(facts.final),
      ...findWrongRuns(facts),
    ],
  };
}

/** How often the receiver of each delivery got its event. */
function countRequests({ tenant, requests }: RoundFacts, upTo = Infinity): ReadonlyMap<string, number> {
  const endpoints = new Map(tenant.endpoints.map(({ path, id }) => [path, id]));
  const counts = new Map<string, number>();
  for (const { path, eventId } of requests.slice(0, upTo)) {
    const key = keyOf({ event_id: fromNumberId("evt", eventId) ?? 0, endpoint_id: endpoints.get(path) ?? "" });
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function keyOf({ event_id, endpoint_id }: { readonly event_id: number; readonly endpoint_id: string }): string {
  return `${event_id} ${endpoint_id}`;
}

function findLost({ tenant, publishes, final }: RoundFacts, requests: ReadonlyMap<string, number>): string[] {
  const lost: string[] = [];
  const byKey = Map.groupBy(final.events, ({ key }) => key);
  const ended = new Map(final.ended.map((row) => [keyOf(row), row]));
  const waiting = new Set(final.queue.map(keyOf));
  for (const { events, answered } of publishes) {
    for (const [index, { id, type }] of events.entries()) {
      const stored = byKey.get(id) ?? [];
      const [event] = stored;
      if (event === undefined || stored.length > 1) {
        lost.push(`${id} was answered and is stored ${stored.length} times`);
        continue;
      }
      const publicId = answered?.[index];
      if (publicId !== undefined && fromNumberId("evt", publicId) !== event.id) {
        lost.push(`${id} was answered as ${publicId} and is stored as ${event.id}`);
      }
      for (const endpoint of tenant.endpoints.filter(({ eventTypes }) => eventTypes.includes(type))) {
        const key = keyOf({ event_id: event.id, endpoint_id: endpoint.id });
        const state = ended.get(key)?.state ?? (waiting.has(key) ? "unfinished" : "missing");
        const count = requests.get(key) ?? 0;
        if (state === endpoint.endsAs && count > 0) continue;
        lost.push(`${id} for ${endpoint.path} is ${state}, not ${endpoint.endsAs}; it was sent ${count} times`);
      }
    }
  }
  return lost;
}

/** A request without an attempt is a repeat: at most one for each time that a killed server held the delivery. */
function findRepeats(
  { deaths, final }: RoundFacts,
  requests: ReadonlyMap<string, number>,
): { repeated: number; inFlight: number; violations: string[] } {
  const held = new Map<number, number>();
  for (const { found, nodeId } of deaths) {
    for (const { delivery_id, lease } of found.queue) {
      if (lease === null || Math.floor(lease / LEASES_A_NODE) !== nodeId) continue;
      held.set(delivery_id, (held.get(delivery_id) ?? 0) + 1);
    }
  }
  const attempts = Map.groupBy(final.attempts, ({ delivery_id }) => delivery_id);
  const violations: string[] = [];
  let repeated = 0;
  for (const row of [...final.ended, ...final.queue]) {
    const tried = attempts.get(row.delivery_id) ?? [];
    const sent = requests.get(keyOf(row)) ?? 0;
    const answered = tried.filter((attempt) => attempt.is_answered).length;
    if (answered > sent)
      violations.push(`${nameOf(row)} has ${answered} answered attempts, but was sent ${sent} times`);
    const unrecorded = Math.max(0, sent - tried.length);
    repeated += unrecorded;
    const allowed = held.get(row.delivery_id) ?? 0;
    if (unrecorded > allowed) {
      violations.push(`${nameOf(row)} was repeated ${unrecorded} times, and was in flight at ${allowed} deaths`);
    }
  }
  return { repeated, inFlight: [...held.values()].reduce((sum, times) => sum + times, 0), violations };
}

/** What a death left of the publishes: all that were answered, and of each whole or nothing. */
function findHalfStored({ tenant, publishes }: RoundFacts, { found, answered }: DeathFacts): string[] {
  const violations: string[] = [];
  const byKey = Map.groupBy(found.events, ({ key }) => key);
  const deliveries = Map.groupBy([...found.queue, ...found.ended], ({ event_id }) => event_id);
  for (const publish of publishes) {
    const stored = publish.events.flatMap(({ id, type }) => (byKey.get(id) ?? []).map((event) => ({ event, type })));
    if (stored.length !== 0 && stored.length !== publish.events.length) {
      violations.push(
        `${publish.events[0]?.id} is stored in part: ${stored.length} of ${publish.events.length} events`,
      );
    }
    if (stored.length === 0 && answered.has(publish)) {
      violations.push(`${publish.events[0]?.id} was answered and was not found after the death`);
    }
    for (const { event, type } of stored) {
      const wanted = tenant.endpoints.filter(({ eventTypes }) => eventTypes.includes(type)).length;
      const count = deliveries.get(event.id)?.length ?? 0;
      if (count !== wanted || event.deliveries !== wanted) {
        violations.push(`${event.key} has ${count} deliveries and says ${event.deliveries}, not ${wanted}`);
      }
    }
  }
  return violations;
}

/** What had ended at a death is not sent again, unless somebody resent it. */
function findSentAfterEnd(facts: RoundFacts, { found, requests }: DeathFacts): string[] {
  const before = countRequests(facts, requests);
  const atEnd = countRequests(facts);
  const runs = new Map(facts.final.ended.map(({ delivery_id, run }) => [delivery_id, run]));
  return found.ended
    .filter((row) => runs.get(row.delivery_id) === row.run && before.get(keyOf(row)) !== atEnd.get(keyOf(row)))
    .map((row) => `${nameOf(row)} had ended at the death and was sent again`);
}

function findInconsistencies({ queue, ended, attempts, lanes }: Ledger): string[] {
  const turning = new Set(lanes.filter(({ turns }) => turns).map(({ endpoint_id }) => endpoint_id));
  const queued = new Set(queue.map(({ delivery_id }) => delivery_id));
  const tried = Map.groupBy(attempts, ({ delivery_id }) => delivery_id);
  const triesOf = (row: DeliveryRow): AttemptedRow[] => tried.get(row.delivery_id) ?? [];
  return [
    ...queue
      .filter(({ lease, endpoint_id }) => lease === null && !turning.has(endpoint_id))
      .map((row) => `${nameOf(row)} waits, and no turn of its lane is coming`),
    ...ended.filter(({ delivery_id }) => queued.has(delivery_id)).map((row) => `${nameOf(row)} waits and has ended`),
    ...[...queue, ...ended].flatMap((row) => findGaps(row, triesOf(row))),
    ...queue.flatMap((row) => findWrongCount(row, row.attempts + row.deferrals, triesOf(row))),
    ...ended.flatMap((row) => findWrongEnd(row, triesOf(row))),
  ];
}

/** Attempts of each run are numbered from 1 without a gap, and none follows one that was accepted. */
function findGaps(row: DeliveryRow, attempts: readonly AttemptedRow[]): string[] {
  const runs = Map.groupBy(attempts, ({ run }) => run);
  return [...runs].flatMap(([run, tries]) => {
    const sorted = tries.toSorted((a, b) => a.number - b.number);
    const hasGap = sorted.some(({ number }, index) => number !== index + 1);
    const goesOn = sorted.slice(0, -1).some(({ outcome }) => outcome === "accepted");
    return [
      ...(hasGap ? [`${nameOf(row)} has attempts ${sorted.map(({ number }) => number).join(", ")} in run ${run}`] : []),
      ...(goesOn ? [`${nameOf(row)} was tried again in run ${run} after it was accepted`] : []),
      ...(run > row.run ? [`${nameOf(row)} is in run ${row.run} and has attempts of run ${run}`] : []),
    ];
  });
}

function findWrongCount(row: DeliveryRow, count: number, attempts: readonly AttemptedRow[]): string[] {
  const tries = attempts.filter(({ run }) => run === row.run).length;
  return tries === count ? [] : [`${nameOf(row)} counts ${count} tries of its run, ${tries} are recorded`];
}

function findWrongEnd(row: EndedRow, attempts: readonly AttemptedRow[]): string[] {
  const tries = attempts.filter(({ run, decision }) => run === row.run && decision !== "defer");
  const isAccepted = tries.at(-1)?.outcome === "accepted";
  return [
    ...(tries.length === row.attempts ? [] : [`${nameOf(row)} counts ${row.attempts} tries, not ${tries.length}`]),
    ...(isAccepted === (row.state === "succeeded") ? [] : [`${nameOf(row)} is ${row.state} against its last attempt`]),
  ];
}

/** Each accepted resend made one run; one that got no answer made one or none. */
function findWrongRuns({ resends, final }: RoundFacts): string[] {
  const counts = new Map<number, { accepted: number; open: number }>();
  for (const { deliveryId, outcome } of resends) {
    const id = fromNumberId("dlv", deliveryId) ?? 0;
    const { accepted, open } = counts.get(id) ?? { accepted: 0, open: 0 };
    counts.set(id, {
      accepted: accepted + (outcome === "accepted" ? 1 : 0),
      open: open + (outcome === "unanswered" ? 1 : 0),
    });
  }
  return [...final.ended, ...final.queue].flatMap((row) => {
    const { accepted, open } = counts.get(row.delivery_id) ?? { accepted: 0, open: 0 };
    const isRight = row.run - 1 >= accepted && row.run - 1 <= accepted + open;
    return isRight
      ? []
      : [`${nameOf(row)} is in run ${row.run} after ${accepted} accepted resends and ${open} open ones`];
  });
}

function nameOf(row: DeliveryRow): string {
  return `delivery ${row.delivery_id} (event ${row.event_id}, endpoint ${row.endpoint_id.slice(0, 8)})`;
}
