/**
 * Lists an endpoint's attempts by their place in one of a few orders, each with what was sent: the exact body and the
 * signature. One row is one request; a row stands once its request is over.
 */
import { type AttemptOrder, listAttemptsByOffset } from "../../db/queries/list-attempts-by-offset.ts";
import type { Direction } from "../../db/queries/list-endpoints-by-offset.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { selectEvents } from "../../db/queries/select-events.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { OFFSET_MAX, type OffsetPage, requireReachable } from "../pages/offset-page.ts";
import { type Attempt, toAttempt } from "./attempt.ts";
import { countAttempts } from "./count-attempts.ts";
import { findSentBody } from "./find-sent-body.ts";

export interface SentAttempt {
  readonly attempt: Attempt;
  readonly endedAt: Date;
  /** Null when the event is gone. */
  readonly eventType: string | null;
  /** Null when the event is gone, or the body cannot be made again. */
  readonly body: Uint8Array | null;
  /** The value of the header that carries the profile's signatures; null when none was sent. */
  readonly signature: string | null;
}

export interface AttemptsByOffset {
  readonly offset: number;
  readonly limit: number;
  readonly order: AttemptOrder;
  readonly direction: Direction;
}

/** How far attempts may be recorded out of the order in which they started: seconds, of a busy endpoint. */
const OUT_OF_ORDER_MAX = 1_000;

/** Throws `scope_required`, `not_found`, `validation_failed` (an offset above 10,000). */
export async function listEndpointAttempts({
  context,
  actor,
  tenantId,
  endpointId,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly input: AttemptsByOffset;
}): Promise<OffsetPage<SentAttempt>> {
  requireScope(actor, tenantId, "deliveries:read");
  requireReachable(input.offset);
  const { database } = context;
  const endpoint = await selectEndpoint(database, { tenantId, endpointId });
  if (endpoint === null) throw endpointNotFound();
  const profile = findProfile(endpoint.profile);
  if (profile === null) throw new Error(`The endpoint ${endpointId} has an unknown profile.`);

  const count = await countAttempts(context, endpointId);
  // What is due next stands anywhere among the newest.
  const reach = input.order === "next_at" ? OFFSET_MAX : input.offset;
  const window = reach + input.limit + OUT_OF_ORDER_MAX;
  const rows = await listAttemptsByOffset(database, { ...input, tenantId, endpointId, window });
  const eventIds = [...new Set(rows.map((row) => row.event_id))];
  const events = new Map((await selectEvents(database, { tenantId, eventIds })).map((event) => [event.id, event]));
  const items = rows.map((row): SentAttempt => {
    const event = events.get(row.event_id);
    const signature = row.request_headers.find(([name]) => name.toLowerCase() === profile.signatureHeader);
    return {
      attempt: toAttempt(row),
      endedAt: row.ended_at,
      eventType: event?.type ?? null,
      body: findSentBody({ event, tenantId, profile, sha256: row.request_sha256 }),
      signature: signature?.[1] ?? null,
    };
  });
  return { items, count };
}
