/**
 * An event's way as lines of text: when it was stored, and for each delivery every attempt with its phases, what was
 * decided and why, and where it stands now. Times are seconds after the event was published, as what matters is the
 * distance; the first line has the date. Pure.
 */
import type { TracedAttempt, TracedDelivery, TracedEvent } from "./traced-event.ts";

const NAME_WIDTH = 12;
const OFFSET_WIDTH = 12;

export function describeTimeline(event: TracedEvent): string {
  const { deliveries, deliveryCount } = event;
  const lines = [
    `${event.id}  ${event.type}  (${event.source})`,
    `published ${event.createdAt.toISOString()}, ${event.dataBytes} bytes, ${count(deliveryCount, "delivery", "deliveries")}`,
    ...deliveries.flatMap((delivery) => ["", ...describeDelivery(event, delivery)]),
  ];
  const more = deliveryCount - deliveries.filter(({ source }) => source !== "resend").length;
  if (more > 0) lines.push("", `and ${more} more, or gone with their retention`);
  return `${lines.join("\n")}\n`;
}

function describeDelivery(event: TracedEvent, delivery: TracedDelivery): string[] {
  const at = (time: Date, name: string, text: string): string => {
    const offsetS = (time.getTime() - event.createdAt.getTime()) / 1000;
    return `  ${`+${offsetS.toFixed(3)} s`.padStart(OFFSET_WIDTH)}  ${name.padEnd(NAME_WIDTH)}${text}`.trimEnd();
  };
  const lines = [
    `${delivery.id} to ${delivery.endpointId}`,
    at(delivery.createdAt, "stored", delivery.source === "publish" ? "with the event" : `by a ${delivery.source}`),
  ];
  let run = 1;
  for (const attempt of delivery.attempts) {
    if (attempt.run !== run) lines.push(at(attempt.startedAt, `run ${attempt.run}`, "resent"));
    run = attempt.run;
    lines.push(...describeAttempt(at, attempt));
  }
  lines.push(...describeEnd(at, event, delivery));
  return lines;
}

type At = (time: Date, name: string, text: string) => string;

function describeAttempt(at: At, attempt: TracedAttempt): string[] {
  const { timings, nextAt } = attempt;
  const answer = attempt.status === null ? "" : `, status ${attempt.status}`;
  const what = attempt.class === null ? attempt.outcome : `${attempt.outcome} (${attempt.class})`;
  const endedAt = new Date(attempt.startedAt.getTime() + (timings.totalMs ?? 0));
  const next = nextAt === null ? "" : ` Next ${nextAt.toISOString()}.`;
  return [
    at(attempt.startedAt, `attempt ${attempt.number}`, `${what}${answer}`),
    at(attempt.startedAt, "", describePhases(attempt)),
    at(endedAt, "decided", `${attempt.decision}: ${attempt.reason}${next}`),
  ];
}

/** The phases that there were: a connection that stood already has no DNS, connect and TLS. */
function describePhases({ timings, address, signedBy }: TracedAttempt): string {
  const phases = [
    ["waited", timings.waitMs],
    ["DNS", timings.dnsMs],
    ["connect", timings.connectMs],
    ["TLS", timings.tlsMs],
    ["first byte", timings.firstByteMs],
    ["total", timings.totalMs],
  ] as const;
  const known = phases.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${ms.toFixed(1)} ms`]));
  const signed = signedBy.length === 0 ? [] : [`signed by version ${signedBy.join(", ")}`];
  const place = address === null ? [] : [`to ${address}${timings.reused ? " over a standing connection" : ""}`];
  return [...known, ...place, ...signed].join(", ");
}

function describeEnd(at: At, event: TracedEvent, delivery: TracedDelivery): string[] {
  const { state, reason, standing, dueAt, finishedAt, attemptCount, run } = delivery;
  if (finishedAt !== null) {
    const why = reason === null ? "" : `: ${reason}`;
    return [at(finishedAt, state, `after ${count(attemptCount, "try", "tries")} in run ${run}${why}`)];
  }
  const where = standing ?? (state === "in_flight" ? "on its way" : "waits");
  const lines = [at(event.now, "now", where)];
  if (state === "pending" && dueAt !== null) lines.push(at(dueAt, "due", dueAt.toISOString()));
  return lines;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
