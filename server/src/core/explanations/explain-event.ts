/**
 * Explains an event: for each endpoint of the tenant why it went there or did not, what came of it and what to do.
 * Endpoints are paged newest first; those that were deleted since are among them if they got a delivery, and can be
 * asked for by their id in any case. Names no filter, header or URL of an endpoint.
 */
import { findChangesAround } from "../../db/queries/find-changes-around.ts";
import { findEventDeliveries } from "../../db/queries/find-event-deliveries.ts";
import {
  type ExplainedEndpointRow,
  listExplainedEndpoints,
  selectExplainedEndpoint,
} from "../../db/queries/list-explained-endpoints.ts";
import { readStanding } from "../../db/queries/read-standing.ts";
import { selectEvent } from "../../db/queries/select-event.ts";
import { selectProfileSettings } from "../../db/queries/select-profile-settings.ts";
import type { Queryable } from "../../db/database.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { toDelivery } from "../deliveries/delivery.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { type PublishedEvent, toEvent } from "../events/event.ts";
import { eventNotFound } from "../events/event-not-found.ts";
import { type Page, toPage } from "../pages/page.ts";
import { SCAN_WINDOW } from "../pages/scan-page.ts";
import { holdsEndpoints, toProfileSettings } from "../profile-settings/profile-settings.ts";
import { decideNotSent } from "./decide-not-sent.ts";
import { describeSent, type ExplainedEndpoint } from "./describe-sent.ts";
import { NOT_SENT_REASONS } from "./event-reason.ts";
import { findHeldThen } from "./held-then.ts";
import { type Around, findSettingsThen } from "./settings-then.ts";
import { describeStanding } from "./standing.ts";

/** A page may have as many of these counts as endpoints. */
const AHEAD_COUNTED_MAX = 500;

export interface ExplainedEvent {
  readonly event: PublishedEvent;
  readonly endpoints: Page<ExplainedEndpoint, number>;
}

/** Throws `scope_required`, `not_found`. */
export async function explainEvent({
  context,
  actor,
  tenantId,
  eventId,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly eventId: number;
  readonly input: { readonly endpointId?: string | undefined; readonly after: number | null; readonly limit: number };
}): Promise<ExplainedEvent> {
  requireScope(actor, tenantId, "events:read");
  const { database } = context;
  const { endpointId, after, limit } = input;
  const row = await selectEvent(database, { tenantId, eventId });
  if (row === null) throw eventNotFound();
  const rows =
    endpointId === undefined
      ? await listExplainedEndpoints(database, { tenantId, eventId, after, limit: limit + 1 })
      : await selectExplainedEndpoint(database, { tenantId, endpointId });
  if (endpointId !== undefined && rows.length === 0) throw endpointNotFound();
  const page = toPage(rows, limit, ({ number }) => number);
  const event = toEvent(row);
  const items = await explainEndpoints(database, { tenantId, event, rows: page.items, now: context.clock.now() });
  return { event, endpoints: { items, after: page.after } };
}

async function explainEndpoints(
  database: Queryable,
  of: {
    readonly tenantId: string;
    readonly event: PublishedEvent;
    readonly rows: readonly ExplainedEndpointRow[];
    readonly now: Date;
  },
): Promise<ExplainedEndpoint[]> {
  const { tenantId, event, rows, now } = of;
  const found = await findEventDeliveries(database, {
    tenantId,
    eventId: event.id,
    endpointIds: rows.map(({ id }) => id),
  });
  const deliveries = new Map(found.deliveries.map((delivery) => [delivery.endpoint_id, toDelivery(delivery)]));
  const waiting = [...deliveries.values()].filter(({ finishedAt }) => finishedAt === null).map(({ id }) => id);
  const standings =
    waiting.length === 0
      ? []
      : await readStanding(database, { tenantId, deliveryIds: waiting, countUpTo: AHEAD_COUNTED_MAX });
  const missed = rows.filter(({ id }) => !deliveries.has(id));
  const explainMissed = await prepareMissed(database, { ...of, rows: missed, kept: found.kept });
  return rows.map((row) => {
    const delivery = deliveries.get(row.id);
    if (delivery === undefined) return explainMissed(row);
    const standing = standings.find(({ delivery_id: id }) => id === delivery.id);
    return describeSent(delivery, standing === undefined ? null : describeStanding(standing, now, AHEAD_COUNTED_MAX));
  });
}

/** Reads at once what is known of the past of all endpoints that got no delivery. */
async function prepareMissed(
  database: Queryable,
  of: {
    readonly tenantId: string;
    readonly event: PublishedEvent;
    readonly rows: readonly ExplainedEndpointRow[];
    readonly kept: number;
  },
): Promise<(row: ExplainedEndpointRow) => ExplainedEndpoint> {
  const { tenantId, event, rows, kept } = of;
  const profiles = [...new Set(rows.map(({ profile }) => profile))];
  const subjects = [...rows.map(({ id }) => `endpoint:${id}`), ...profiles.map((profile) => `profile:${profile}`)];
  const changes = await findChangesAround(database, { tenantId, subjects, at: event.createdAt, window: SCAN_WINDOW });
  const around = (subject: string): Around => {
    const side = (name: "before" | "after") =>
      changes.rows.find((change) => change.subject === subject && change.side === name) ?? null;
    return { before: side("before"), after: side("after"), complete: changes.complete };
  };
  const heldNow = new Map<EndpointProfile, boolean>();
  for (const profile of profiles) {
    heldNow.set(
      profile,
      holdsEndpoints(toProfileSettings(await selectProfileSettings(database, { tenantId, profile }))),
    );
  }
  return (endpoint) => {
    const { profile } = endpoint;
    const held = findHeldThen(heldNow.get(profile) ?? false, around(`profile:${profile}`), event.createdAt);
    const settings = findSettingsThen(endpoint, around(`endpoint:${endpoint.id}`), event.createdAt);
    const decided = decideNotSent({ event, endpoint, settings, held, someGone: kept < event.deliveryCount });
    const { text, advice } = NOT_SENT_REASONS[decided.reason];
    return { ...decided, endpointId: endpoint.id, verdict: "not_sent", text, cause: null, advice, delivery: null };
  };
}
