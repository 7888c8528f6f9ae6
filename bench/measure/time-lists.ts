/**
 * How long the lists of one tenant take over the API: newest page, next page, each filter alone and some together,
 * filters that match much, little and nothing. Each is asked so many times, and the slowest answer counts.
 */
import type { SiteTenant } from "../site/site-tenant.ts";

export interface TimedList {
  readonly path: string;
  readonly worstMs: number;
  /** Of the last answer. */
  readonly rows: number;
}

interface ListBody {
  readonly data: readonly { readonly id?: string; readonly eventId?: string }[];
  readonly nextCursor: string | null;
}

const DAY_MS = 86_400_000;

export async function timeLists(
  tenant: SiteTenant,
  of: { readonly endpointId?: string; readonly type: string; readonly now: Date; readonly asked: number },
): Promise<TimedList[]> {
  const first = await tenant.call<ListBody>("GET", "/deliveries?limit=1");
  const eventId = first.data[0]?.eventId ?? "";
  const daysAgo = (days: number): string =>
    encodeURIComponent(new Date(of.now.getTime() - days * DAY_MS).toISOString());
  const filters = [
    "",
    "state=succeeded",
    "state=exhausted",
    "state=cancelled",
    "state=pending",
    "state=in_flight",
    `type=${of.type}`,
    "type=no.such.type",
    "class=http_server_error",
    "class=headers_timeout",
    "class=dns_timeout",
    "code=500",
    "code=418",
    "source=resend",
    `createdAfter=${daysAgo(3)}`,
    `createdBefore=${daysAgo(5)}`,
    `createdAfter=${daysAgo(6)}&createdBefore=${daysAgo(5)}&state=exhausted&type=${of.type}`,
    `eventId=${eventId}`,
  ];
  const ofEndpoint =
    of.endpointId === undefined ? [] : filters.map((filter) => join(`endpointId=${of.endpointId}`, filter));
  const eventFilters = [
    "",
    `type=${of.type}`,
    "type=no.such.type",
    `createdAfter=${daysAgo(3)}`,
    `createdBefore=${daysAgo(5)}`,
  ];
  const paths = [
    ...[...filters, ...ofEndpoint].map((filter) => `/deliveries?${join("limit=250", filter)}`),
    ...eventFilters.map((filter) => `/events?${join("limit=250", filter)}`),
    "/endpoints?limit=250",
    "/event-types?limit=250",
    "/api-keys?limit=250",
    "/audit?limit=250",
  ];
  const timed: TimedList[] = [];
  for (const path of paths) {
    const newest = await timeList(tenant, path, of.asked);
    timed.push(newest.timed);
    if (newest.nextCursor === null) continue;
    timed.push((await timeList(tenant, `${path}&cursor=${encodeURIComponent(newest.nextCursor)}`, of.asked)).timed);
  }
  return timed;
}

async function timeList(
  tenant: SiteTenant,
  path: string,
  asked: number,
): Promise<{ readonly timed: TimedList; readonly nextCursor: string | null }> {
  let worstMs = 0;
  let body: ListBody = { data: [], nextCursor: null };
  for (let time = 0; time < asked; time += 1) {
    const startedAt = performance.now();
    body = await tenant.call<ListBody>("GET", path);
    worstMs = Math.max(worstMs, performance.now() - startedAt);
  }
  return { timed: { path, worstMs, rows: body.data.length }, nextCursor: body.nextCursor };
}

function join(...filters: readonly string[]): string {
  return filters.filter((filter) => filter !== "").join("&");
}
