/**
 * Which status an endpoint has after what somebody asked for. Pure; Posthorn's own stops are decided by the pipeline.
 *
 *             pause              disable               resume
 *   active    paused, manual     disabled, manual      as it is
 *   paused    as it is           disabled, manual      active
 *   disabled  refused            as it is              active
 *
 * Asking for what is there already changes nothing, so that a repeated call keeps the first reason.
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

const MOVES: Readonly<Record<EndpointStatus, Readonly<Record<StatusRequest, StatusMove>>>> = {
  active: { pause: PAUSE, disable: DISABLE, resume: STAY },
  paused: { pause: STAY, disable: DISABLE, resume: RESUME },
  disabled: { pause: REFUSE, disable: STAY, resume: RESUME },
};

export function decideStatus(status: EndpointStatus, request: StatusRequest): StatusMove {
  return MOVES[status][request];
}
