/**
 * An event's way as lines of text: when it was stored, and for each delivery the timeline that the core tells. Times are
 * seconds after the event was published, as what matters is the distance; the first line has the date. Pure.
 */
import type { TracedDelivery, TracedEntry, TracedEvent } from "./traced-event.ts";

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

function describeDelivery(event: TracedEvent, { id, endpointId, timeline, node }: TracedDelivery): string[] {
  return [`${id} to ${endpointId}`, ...timeline.flatMap((entry) => describeEntry(event, entry, node))];
}

function describeEntry(event: TracedEvent, entry: TracedEntry, node: string | null): string[] {
  const { at, kind, text, detail, cause, advice, attempt } = entry;
  const offsetS = (at.getTime() - event.createdAt.getTime()) / 1000;
  const line = (offset: string, name: string, words: string): string =>
    `  ${offset.padStart(OFFSET_WIDTH)}  ${name.padEnd(NAME_WIDTH)}${words}`.trimEnd();
  const more = (name: string, words: string | null): string[] => (words === null ? [] : [line("", name, words)]);
  return [
    line(`+${offsetS.toFixed(3)} s`, kind === "attempt" && attempt !== null ? `attempt ${attempt.number}` : kind, text),
    ...more("", detail),
    ...more("  cause", cause),
    ...more("  to do", advice),
    ...more("", kind === "now" ? node : null),
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
