/**
 * The tenant of one round, with an endpoint for each way in which a delivery goes: at once, in line behind a cap or a
 * rate limit, failing before it is accepted, or never accepted. Says what must come of each event.
 */
import { fromUuidId } from "../../src/core/ids/public-id.ts";
import { answerOk, type Reaction } from "../../../devkit/receivers/start-receiver.ts";
import { answer } from "../../../devkit/receivers/misbehaviours.ts";

export const EVENT_TYPES = ["order.paid", "order.failed"] as const;
export type CrashEventType = (typeof EVENT_TYPES)[number];

/** Answers of the slow receiver come after this: long enough that something is always under way. */
const SLOW_MS = 10;
/**
 * One first request in so many is answered with a wait of a second. The receiver keeps up with the load by that, so what
 * is in flight long after a death is the death's doing and not the receiver's.
 */
const ASKS_FOR_TIME_EVERY = 40;

interface EndpointKind {
  readonly name: string;
  readonly eventTypes: readonly CrashEventType[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly endsAs: "succeeded" | "exhausted";
  /** `first`: how many events have come to it, this one among them; null: this one came before. */
  readonly react: (first: number | null) => Reaction;
}

const slowly: Reaction = (exchange) => {
  setTimeout(() => void answerOk(exchange), SLOW_MS);
};

const KINDS: readonly EndpointKind[] = [
  { name: "prompt", eventTypes: EVENT_TYPES, settings: {}, endsAs: "succeeded", react: () => answerOk },
  {
    name: "paced",
    eventTypes: EVENT_TYPES,
    settings: { rateLimitPerSecond: 500 },
    endsAs: "succeeded",
    react: () => answerOk,
  },
  { name: "slow", eventTypes: EVENT_TYPES, settings: { maxInFlight: 4 }, endsAs: "succeeded", react: () => slowly },
  {
    name: "flaky",
    eventTypes: ["order.failed"],
    settings: { retryWaits: [1, 1] },
    endsAs: "succeeded",
    react: (first) => {
      if (first === null) return answerOk;
      return first % ASKS_FOR_TIME_EVERY === 0 ? answer(429, { "retry-after": "1" }) : answer(500);
    },
  },
  {
    name: "rejecting",
    eventTypes: ["order.failed"],
    settings: { retryWaits: [] },
    endsAs: "exhausted",
    react: () => answer(400),
  },
];

export interface CrashTenant {
  /** As the database has it. */
  readonly id: string;
  /** `/v1/tenants/{slug}`. */
  readonly path: string;
  readonly endpoints: readonly CrashEndpoint[];
}

export interface CrashEndpoint {
  readonly id: string;
  /** The path at the receiver. */
  readonly path: string;
  readonly eventTypes: readonly CrashEventType[];
  readonly endsAs: "succeeded" | "exhausted";
}

/** One call of the API; throws unless it is answered 2xx. */
export type ApiCall = (method: "GET" | "POST" | "PUT", path: string, body?: object) => Promise<Record<string, unknown>>;

export function createApiCall(url: string, rootKey: string): ApiCall {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answered = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answered)}`);
    return answered;
  };
}

export async function createCrashTenant(call: ApiCall, receiverUrl: string): Promise<CrashTenant> {
  const tenant = await call("POST", "/v1/tenants", { name: "Crash" });
  const path = `/v1/tenants/${String(tenant["slug"])}`;
  for (const type of EVENT_TYPES) await call("PUT", `${path}/event-types/${type}`, {});
  const endpoints: CrashEndpoint[] = [];
  for (const { name, eventTypes, settings, endsAs } of KINDS) {
    const url = new URL(`/${name}`, receiverUrl).href;
    const { id } = await call("POST", `${path}/endpoints`, { url, eventTypes, ...settings });
    endpoints.push({ id: fromUuidId("ep", String(id)) ?? "", path: `/${name}`, eventTypes, endsAs });
  }
  return { id: fromUuidId("ten", String(tenant["id"])) ?? "", path, endpoints };
}

/** What the receiver of a crash tenant does. */
export function createReaction(): Reaction {
  const seen = new Map<string, Set<string>>();
  return (exchange) => {
    const { path, headers } = exchange.request;
    const events = seen.get(path) ?? new Set();
    seen.set(path, events);
    const eventId = headers["webhook-id"] ?? "";
    const isNew = !events.has(eventId);
    events.add(eventId);
    const kind = KINDS.find(({ name }) => path === `/${name}`);
    return (kind?.react(isNew ? events.size : null) ?? answerOk)(exchange);
  };
}
