/**
 * Which status an endpoint has after what somebody asked for. Pure; Posthorn's own stops are decided by the pipeline.
 *
 *             pause              disable               resume
 *   active    paused, manual     disabled, manual      as it is
 *   held      paused, manual     disabled, manual      as it is
 *   paused    as it is           disabled, manual      active, or held
 *   disabled  refused            as it is              active, or held
 *
 * `held` is what active is while the tenant has switched off all deliveries of the profile: paused, with a reason of its
 * own, so that switching them on again finds what to bring back. Asking for what is there already changes nothing, so
 * that a repeated call keeps the first reason.
 */
import type { EndpointStatus, EndpointStatusReason } from "./endpoint.ts";

export type StatusRequest = "pause" | "disable" | "resume";

export type StatusMove =
  | { readonly kind: "move"; readonly status: EndpointStatus; readonly reason: EndpointStatusReason | null }
  | { readonly kind: "stay" }
  | { readonly kind: "refuse" };

const STAY: StatusMove = { kind: "stay" };
const REFUSE: StatusMove = { kind: "refuse" };
const PAUSE: StatusMove = { kind: "move", status: "paused", reason: "manual" };
const DISABLE: StatusMove = { kind: "move", status: "disabled", reason: "manual" };
const RESUME: StatusMove = { kind: "move", status: "active", reason: null };
const HOLD: StatusMove = { kind: "move", status: "paused", reason: "held" };

type Standing = EndpointStatus | "held";

const MOVES: Readonly<Record<Standing, Readonly<Record<StatusRequest, StatusMove>>>> = {
  active: { pause: PAUSE, disable: DISABLE, resume: STAY },
  held: { pause: PAUSE, disable: DISABLE, resume: STAY },
  paused: { pause: STAY, disable: DISABLE, resume: RESUME },
  disabled: { pause: REFUSE, disable: STAY, resume: RESUME },
};

interface StandingEndpoint {
  readonly status: EndpointStatus;
  readonly reason: EndpointStatusReason | null;
}

/** `held`: whether the profile's deliveries are switched off now. */
export function decideStatus(endpoint: StandingEndpoint, request: StatusRequest, held: boolean): StatusMove {
  const move = MOVES[endpoint.reason === "held" ? "held" : endpoint.status][request];
  return held && move === RESUME ? HOLD : move;
}

/** What becomes of an endpoint when the profile's deliveries are switched off or on: only what is active is held. */
export function decideHold(endpoint: StandingEndpoint, held: boolean): StandingEndpoint {
  if (held && endpoint.status === "active") return { status: "paused", reason: "held" };
  if (!held && endpoint.reason === "held") return { status: "active", reason: null };
  return endpoint;
}
