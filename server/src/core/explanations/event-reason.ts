/**
 * Why an event went to an endpoint or did not: the closed list of stable codes, each with words for people and what to
 * do. Deliveries that were made have the reasons of their state; the others say why none was made.
 */
export const EVENT_VERDICTS = ["delivered", "in_progress", "failed", "cancelled", "not_sent"] as const;
export type EventVerdict = (typeof EVENT_VERDICTS)[number];

interface ReasonText {
  readonly text: string;
  /** Null where nothing is to be done. */
  readonly advice: string | null;
}

const RESEND_IS_NOT_ENOUGH = "A resend goes only where a delivery was made: publish the event again if it is wanted.";

/** Of an endpoint that no delivery was made for. */
export const NOT_SENT_REASONS = {
  endpoint_created_later: {
    text: "The endpoint did not exist yet when the event was published.",
    advice: RESEND_IS_NOT_ENOUGH,
  },
  endpoint_deleted: {
    text: "The endpoint had been deleted when the event was published.",
    advice: "Create an endpoint for the receiver; it gets what is published from then on.",
  },
  endpoint_disabled: {
    text: "The endpoint was disabled, and no delivery is made for a disabled one.",
    advice: `Resume the endpoint. ${RESEND_IS_NOT_ENOUGH} Pause instead of disabling, and what is published meanwhile waits.`,
  },
  profile_switched_off: {
    text: "The tenant had switched off all deliveries of the endpoint's profile.",
    advice: `Switch them on again. ${RESEND_IS_NOT_ENOUGH}`,
  },
  not_addressed: {
    text: "This event was a test or a probe of another endpoint, and went to that alone.",
    advice: null,
  },
  type_not_subscribed: {
    text: "The endpoint's eventTypes did not take the event's type.",
    advice: `Add the type, a prefix of it such as invoice.*, or take all types with null. ${RESEND_IS_NOT_ENOUGH}`,
  },
  operational_type_not_named: {
    text: "Posthorn's own events go only to endpoints that name their type; taking all types is not naming it.",
    advice: "Add the type to the endpoint's eventTypes if these events are wanted there.",
  },
  channel_not_subscribed: {
    text: "The endpoint asks for channels, and the event was published in none of them.",
    advice: `Publish in one of the endpoint's channels, or change them. ${RESEND_IS_NOT_ENOUGH}`,
  },
  about_the_endpoint: {
    text: "The event tells of a delivery that an endpoint gave up; that endpoint itself is not told.",
    advice: null,
  },
  delivery_gone: {
    text: "A delivery may have been made and is not kept any more: the event's count says that more were made than are left.",
    advice: "Keep deliveries longer, if that matters: the operator sets their retention.",
  },
  not_recorded: {
    text: "Nothing that is recorded says why: by the settings that are known, the endpoint should have got it.",
    advice:
      "A change and a publish in the same moment look like this. Publish the event again if it is wanted, and report this to the operator if it happens again.",
  },
} as const satisfies Record<string, ReasonText>;
export type NotSentReason = keyof typeof NOT_SENT_REASONS;
export const NOT_SENT_CODES = Object.keys(NOT_SENT_REASONS) as [NotSentReason, ...NotSentReason[]];
