/**
 * Why no delivery of an event was made for an endpoint (pure): the rules of the store statement, asked of what is known
 * of the endpoint at that time. The first that holds is the reason; where none does, that is said too.
 */
import type { ExplainedEndpointRow } from "../../db/queries/list-explained-endpoints.ts";
import { findProfile } from "../../profiles/find-profile.ts";
import type { PublishedEvent } from "../events/event.ts";
import { isOperationalType } from "../endpoints/operational-types.ts";
import { EVERY_TYPE, matchesType } from "../endpoints/route-keys.ts";
import type { NotSentReason } from "./event-reason.ts";
import { type Certainty, isClose, type SettingsThen } from "./settings-then.ts";

export interface NotSent {
  readonly reason: NotSentReason;
  readonly certainty: Certainty;
  /** When what is the reason came to be, where that is recorded. */
  readonly at: Date | null;
}

/** Whether the endpoint's profile was switched off, and since when if that is recorded. */
export interface HeldThen {
  readonly held: boolean;
  readonly at: Date | null;
  readonly certainty: Certainty;
}

export function decideNotSent(input: {
  readonly event: PublishedEvent;
  readonly endpoint: ExplainedEndpointRow;
  readonly settings: SettingsThen;
  readonly held: HeldThen;
  /** Fewer deliveries of the event are kept than it made. */
  readonly someGone: boolean;
}): NotSent {
  const { event, endpoint, settings, held } = input;
  const then = event.createdAt;
  const known = settings.certainty;
  const sure = (at: Date): Certainty => (isClose(at, then) ? "inferred" : "recorded");
  if (endpoint.created_at > then) {
    return { reason: "endpoint_created_later", certainty: sure(endpoint.created_at), at: endpoint.created_at };
  }
  if (endpoint.deleted_at !== null && endpoint.deleted_at <= then) {
    return { reason: "endpoint_deleted", certainty: sure(endpoint.deleted_at), at: endpoint.deleted_at };
  }
  if (event.source === "test" || event.source === "probe") {
    return { reason: "not_addressed", certainty: "recorded", at: null };
  }
  if (settings.disabled) return { reason: "endpoint_disabled", certainty: known, at: settings.disabledAt };
  if (held.held) return { reason: "profile_switched_off", certainty: held.certainty, at: held.at };
  if (!takesType(settings, endpoint, event)) return decideByType(input);
  if (!takesChannels(settings.channels, event.channels)) {
    return { reason: "channel_not_subscribed", certainty: known, at: null };
  }
  if (event.type === "message.attempt.exhausted") {
    return { reason: "about_the_endpoint", certainty: "inferred", at: null };
  }
  return { reason: input.someGone ? "delivery_gone" : "not_recorded", certainty: "inferred", at: null };
}

function takesType(
  { eventTypes }: Pick<SettingsThen, "eventTypes">,
  { profile }: ExplainedEndpointRow,
  { type }: PublishedEvent,
): boolean {
  const all = [EVERY_TYPE, ...(findProfile(profile)?.operationalTypes ?? [])];
  return (eventTypes ?? all).some((pattern) => matchesType(pattern, type));
}

/** A filter that takes the type today says since when it does. */
function decideByType({ event, endpoint, settings }: Parameters<typeof decideNotSent>[0]): NotSent {
  const added = (endpoint.event_types ?? []).flatMap((pattern, index) => {
    const at = endpoint.event_types_added_at?.[index];
    return at !== undefined && at > event.createdAt && matchesType(pattern, event.type) ? [at] : [];
  });
  const at = added.toSorted((one, other) => one.getTime() - other.getTime())[0] ?? null;
  const unnamed = isOperationalType(event.type) && (settings.eventTypes ?? [EVERY_TYPE]).includes(EVERY_TYPE);
  const reason = unnamed ? "operational_type_not_named" : "type_not_subscribed";
  return { reason, certainty: settings.certainty, at };
}

/** As the store statement has it: an endpoint with channels takes only events that share one. */
function takesChannels(wanted: readonly string[] | null, published: readonly string[] | null): boolean {
  return wanted === null || (published ?? []).some((channel) => wanted.includes(channel));
}
