/** Reads an event's way from a server's API: what its tenant may see. */
import { z } from "zod";

import type { TracedEvent } from "./traced-event.ts";

const time = z.string().transform((text) => new Date(text));

/** What is read of the answers; the rest of them is left alone. */
const eventPart = z.object({
  id: z.string(),
  type: z.string(),
  source: z.string(),
  createdAt: time,
  dataBytes: z.number(),
  deliveryCount: z.number(),
  deliveries: z.array(z.object({ id: z.string() })),
});
const explainedPart = z.object({
  delivery: z.object({ id: z.string(), endpointId: z.string(), source: z.string(), state: z.string() }),
  timeline: z.array(
    z.object({
      at: time,
      kind: z.string(),
      text: z.string(),
      detail: z.string().nullable(),
      cause: z.string().nullable(),
      advice: z.string().nullable(),
      attempt: z.object({ run: z.number(), number: z.number() }).nullable(),
    }),
  ),
});

export interface TracedServer {
  readonly url: string;
  readonly key: string;
  readonly tenant: string;
}

/** Resolves to null when there is no such event. Rejects with a plain Error when the server refuses, or is not there. */
export async function traceFromServer(server: TracedServer, eventId: string): Promise<TracedEvent | null> {
  const base = `/v1/tenants/${encodeURIComponent(server.tenant)}`;
  const answer = await get(server, `${base}/events/${eventId}`);
  if (answer === null) return null;
  const event = eventPart.parse(answer);
  const deliveries: TracedEvent["deliveries"][number][] = [];
  for (const { id } of event.deliveries.toReversed()) {
    const found = await get(server, `${base}/deliveries/${id}/explain`);
    if (found === null) continue;
    const { delivery, timeline } = explainedPart.parse(found);
    deliveries.push({ ...delivery, timeline, node: null });
  }
  return { ...event, deliveries };
}

async function get({ url, key }: TracedServer, path: string): Promise<unknown> {
  const response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` } });
  const answer = (await response.json()) as { readonly title?: string; readonly detail?: string };
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`The server refused: ${answer.detail ?? answer.title ?? response.status}`);
  return answer;
}
