/** Reads an event's way from a server's API: what its tenant may see. */
import { z } from "zod";

import type { TracedEvent } from "./traced-event.ts";

const time = z.string().transform((text) => new Date(text));
const milliseconds = z.number().nullable();

/** What is read of the answers; the rest of them is left alone. */
const deliveryPart = z.object({ id: z.string() });
const eventPart = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  createdAt: time,
  dataBytes: z.number(),
  deliveryCount: z.number(),
  deliveries: z.array(deliveryPart),
});
const attemptPart = z.object({
  run: z.number(),
  number: z.number(),
  startedAt: time,
  outcome: z.string(),
  class: z.string().nullable(),
  request: z.object({ signedBy: z.array(z.number()) }),
  response: z.object({ status: z.number() }).nullable(),
  address: z.string().nullable(),
  timings: z.object({
    waitMs: milliseconds,
    dnsMs: milliseconds,
    connectMs: milliseconds,
    tlsMs: milliseconds,
    firstByteMs: milliseconds,
    totalMs: milliseconds,
    reused: z.boolean(),
  }),
  decision: z.string(),
  reason: z.string(),
  nextAt: time.nullable(),
});
const deliveryInFullPart = z.object({
  id: z.string(),
  endpointId: z.string(),
  state: z.enum(["pending", "in_flight", "succeeded", "exhausted", "cancelled"]),
  reason: z.string().nullable(),
  source: z.string(),
  run: z.number(),
  attemptCount: z.number(),
  createdAt: time,
  dueAt: time.nullable(),
  finishedAt: time.nullable(),
  attempts: z.array(attemptPart),
});

export interface TracedServer {
  readonly url: string;
  readonly key: string;
  readonly tenant: string;
}

/** Resolves to null when there is no such event. Rejects with a plain Error when the server refuses, or is not there. */
export async function traceFromServer(server: TracedServer, eventId: string, now: Date): Promise<TracedEvent | null> {
  const base = `/v1/tenants/${encodeURIComponent(server.tenant)}`;
  const answer = await get(server, `${base}/events/${eventId}`);
  if (answer === null) return null;
  const event = eventPart.parse(answer);
  const deliveries: TracedEvent["deliveries"][number][] = [];
  for (const { id } of event.deliveries.toReversed()) {
    const found = await get(server, `${base}/deliveries/${id}`);
    if (found === null) continue;
    const delivery = deliveryInFullPart.parse(found);
    const attempts = delivery.attempts.toReversed().map(({ request, response, ...rest }) => ({
      ...rest,
      status: response?.status ?? null,
      signedBy: request.signedBy,
    }));
    deliveries.push({ ...delivery, attempts, standing: null });
  }
  return { ...event, now, deliveries };
}

async function get({ url, key }: TracedServer, path: string): Promise<unknown> {
  const response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` } });
  const answer = (await response.json()) as { readonly title?: string; readonly detail?: string };
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The server refused: ${answer.detail ?? answer.title ?? response.status}`);
  return answer;
}
