/**
 * Turns waiting publishes into the parameter arrays of one store statement. Publishers and routes are written once a
 * batch however many events share them, so that key, type and endpoints are looked up once for each.
 */
import type { StoreBatch } from "../../db/queries/store-events.ts";
import { toEventRouteKeys } from "../../core/endpoints/route-keys.ts";
import { type CapShare, spareOf } from "../dispatch/cap-share.ts";
import { type CrowdedEndpoints, LEASE_AHEAD } from "../dispatch/lease-ahead.ts";
import { countKeys, type StoreRequest } from "./store-request.ts";

export interface BatchSettings {
  readonly now: Date;
  readonly lease: number;
  readonly nodeRoom: number;
  readonly crowded: CrowdedEndpoints;
  readonly defaultMaxInFlight: number;
  readonly capShare: CapShare;
  /** How long a publisher's own event id is remembered: as long as events are kept. */
  readonly eventIdDays: number;
}

const DAY_MS = 86_400_000;
/** How long an Idempotency-Key is remembered. */
export const IDEMPOTENCY_MS = DAY_MS;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] extends readonly (infer Item)[] ? Item[] : T[Name] };

export function buildStoreBatch(requests: readonly StoreRequest[], settings: BatchSettings): StoreBatch {
  const batch = emptyBatch(settings);
  const publishers = new Map<string, number>();
  const routes = new Map<string, number>();
  const bodies: Uint8Array[] = [];
  let start = 0;
  const isTraced = requests.some(({ traceparent }) => traceparent !== null && traceparent !== undefined);
  const isGiven = requests.some(({ events }) => events.some(({ givenId }) => givenId !== undefined));
  requests.forEach((request, index) => {
    const publisherNo = numberOf(publishers, `${request.tenantId} ${request.keyId ?? ""}`, () => {
      batch.publisherTenantIds.push(request.tenantId);
      batch.publisherKeyIds.push(request.keyId);
    });
    const firstEventNo = batch.eventRequestNos.length + 1;
    for (const event of request.events) {
      const routeName = `${request.tenantId} ${event.type} ${request.source} ${request.targetEndpointId ?? ""} ${request.exceptEndpointId ?? ""}`;
      const routeNo = numberOf(routes, routeName, () => addRoute(batch, request, event.type));
      batch.eventRequestNos.push(index + 1);
      batch.eventPublisherNos.push(publisherNo);
      batch.eventRouteNos.push(routeNo);
      batch.eventStarts.push(start);
      batch.eventLengths.push(event.data.byteLength);
      batch.eventChannels.push(event.channels === null ? null : event.channels.join(" "));
      batch.eventKeys.push(event.id?.key ?? null);
      batch.eventSources.push(request.source);
      if (isTraced) batch.eventTraceparents.push(request.traceparent ?? null);
      if (isGiven) batch.eventGivenIds.push(event.givenId ?? null);
      bodies.push(event.data);
      start += event.data.byteLength;
      if (event.id !== null) addKey(batch, "id", event.id, batch.eventRequestNos.length, settings);
    }
    if (request.idempotency !== null) addKey(batch, "idempotency", request.idempotency, firstEventNo, settings);
  });
  batch.bodies = Buffer.concat(bodies, start);
  return batch;
}

/** Whether two requests claim a key in common: the statement can take only one of them at a time. */
export function keyNames(request: StoreRequest): string[] {
  if (countKeys(request) === 0) return [];
  const names = request.events.flatMap((event) =>
    event.id === null ? [] : [`${request.tenantId} id ${event.id.key}`],
  );
  if (request.idempotency !== null) names.push(`${request.tenantId} idempotency ${request.idempotency.key}`);
  return names;
}

function numberOf(numbers: Map<string, number>, name: string, add: () => void): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  add();
  numbers.set(name, numbers.size + 1);
  return numbers.size;
}

function addRoute(batch: Mutable<StoreBatch>, request: StoreRequest, type: string): void {
  batch.routeTenantIds.push(request.tenantId);
  batch.routeTypes.push(type);
  batch.routeKeys.push(toEventRouteKeys(request.tenantNumber, type).join(" "));
  batch.routeBuiltin.push(request.source !== "publish");
  batch.routeTargets.push(request.targetEndpointId);
  batch.routeExcepts.push(request.exceptEndpointId ?? null);
}

function addKey(
  batch: Mutable<StoreBatch>,
  kind: "id" | "idempotency",
  key: { readonly key: string; readonly fingerprint: string },
  eventNo: number,
  settings: BatchSettings,
): void {
  const lifeMs = kind === "id" ? settings.eventIdDays * DAY_MS : IDEMPOTENCY_MS;
  batch.keyEventNos.push(eventNo);
  batch.keyKinds.push(kind);
  batch.keyTexts.push(key.key);
  batch.keyFingerprints.push(key.fingerprint);
  batch.keyExpiries.push(new Date(settings.now.getTime() + lifeMs));
}

function emptyBatch(settings: BatchSettings): Mutable<StoreBatch> {
  return {
    now: settings.now,
    bodies: new Uint8Array(0),
    publisherTenantIds: [],
    publisherKeyIds: [],
    routeTenantIds: [],
    routeTypes: [],
    routeKeys: [],
    routeBuiltin: [],
    routeTargets: [],
    routeExcepts: [],
    eventRequestNos: [],
    eventPublisherNos: [],
    eventRouteNos: [],
    eventStarts: [],
    eventLengths: [],
    eventChannels: [],
    eventKeys: [],
    eventSources: [],
    eventTraceparents: [],
    eventGivenIds: [],
    keyEventNos: [],
    keyKinds: [],
    keyTexts: [],
    keyFingerprints: [],
    keyExpiries: [],
    lease: settings.lease,
    nodeRoom: settings.nodeRoom,
    defaultMaxInFlight: settings.defaultMaxInFlight,
    prefetch: LEASE_AHEAD,
    capDivisor: settings.capShare.divisor,
    capSpare: spareOf(settings.capShare),
    crowdedEndpointIds: [...settings.crowded.endpointIds],
    crowdedRooms: [...settings.crowded.rooms],
  };
}
