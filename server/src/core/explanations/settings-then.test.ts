import { expect, test } from "vitest";

import type { AroundRow } from "../../db/queries/find-changes-around.ts";
import type { ExplainedEndpointRow } from "../../db/queries/list-explained-endpoints.ts";
import type { PublishedEvent } from "../events/event.ts";
import { decideNotSent } from "./decide-not-sent.ts";
import { findHeldThen } from "./held-then.ts";
import { type Around, findSettingsThen } from "./settings-then.ts";

const then = new Date("2026-03-01T12:00:00.000Z");
const at = (minutes: number) => new Date(then.getTime() + minutes * 60_000);
const NOTHING: Around = { before: null, after: null, complete: true };

function endpoint(part: Partial<ExplainedEndpointRow> = {}): ExplainedEndpointRow {
  return {
    id: "00000000-0000-4000-8000-000000000001",
    number: 1,
    tenant_id: "00000000-0000-4000-8000-000000000002",
    url: "https://example.com/",
    has_credentials: false,
    description: "",
    status: "active",
    status_reason: null,
    event_types: null,
    event_types_added_at: null,
    channels: null,
    profile: "standard",
    envelope: "wrapped",
    signature: "hmac",
    header_names: [],
    rate_limit_per_second: null,
    max_in_flight: null,
    timeout_ms: null,
    retry_waits: null,
    verify_tls: true,
    metadata: {},
    uid: null,
    version: 1,
    created_at: at(-60),
    updated_at: at(-60),
    status_changed_at: at(-60),
    deleted_at: null,
    ...part,
  };
}

function change(side: "before" | "after", when: Date, states: { before?: object; after?: object }): AroundRow {
  const text = (state: object | undefined) => (state === undefined ? null : JSON.stringify(state));
  return {
    side,
    subject: "endpoint:1",
    action: "endpoint.update",
    at: when,
    before: text(states.before),
    after: text(states.after),
  };
}

const state = (part: object = {}) => ({
  status: "active",
  statusReason: null,
  eventTypes: null,
  channels: null,
  ...part,
});

function published(part: Partial<PublishedEvent> = {}): PublishedEvent {
  return {
    id: 1,
    type: "invoice.paid",
    channels: null,
    key: null,
    source: "publish",
    deliveryCount: 0,
    dataBytes: 2,
    createdAt: then,
    ...part,
  };
}

const decide = (row: ExplainedEndpointRow, event: Partial<PublishedEvent> = {}, around: Around = NOTHING) =>
  decideNotSent({
    event: published(event),
    endpoint: row,
    settings: findSettingsThen(row, around, then),
    held: { held: false, at: null, certainty: "recorded" },
    someGone: false,
  });

test("an endpoint that was not changed since had its present settings, whatever the log reaches back to", () => {
  const row = endpoint({ event_types: ["user.created"], event_types_added_at: [at(-60)] });
  const short = { ...NOTHING, complete: false };
  expect(findSettingsThen(row, short, then)).toMatchObject({ eventTypes: ["user.created"], certainty: "recorded" });
});

test("the first change after the event says what was before it", () => {
  const row = endpoint({ updated_at: at(9), channels: ["us"] });
  const after = change("after", at(5), { before: state({ channels: ["eu"] }), after: state({ channels: ["us"] }) });
  expect(findSettingsThen(row, { ...NOTHING, after }, then)).toMatchObject({ channels: ["eu"], certainty: "recorded" });
});

test("where the log does not reach back the present settings are only inferred", () => {
  const row = endpoint({ updated_at: at(9), event_types: ["user.created"], event_types_added_at: [at(9)] });
  const around = { ...NOTHING, complete: false };
  expect(findSettingsThen(row, around, then).certainty).toBe("inferred");
  expect(decide(row, {}, around)).toMatchObject({ reason: "type_not_subscribed", certainty: "inferred" });
  const after = change("after", at(5), { before: state(), after: state({ eventTypes: [] }) });
  expect(findSettingsThen(row, { ...around, after }, then)).toMatchObject({ eventTypes: null, certainty: "inferred" });
});

test("a stop that came after the event found an endpoint that listened", () => {
  const row = endpoint({ status: "disabled", status_reason: "gone", status_changed_at: at(3), updated_at: at(3) });
  expect(findSettingsThen(row, NOTHING, then)).toMatchObject({ disabled: false, certainty: "recorded" });
});

test("what a later call found stopped by Posthorn may have been so then", () => {
  const found = state({ status: "disabled", statusReason: "failing" });
  const after = change("after", at(9), { before: found, after: state() });
  const row = endpoint({ updated_at: at(9), status_changed_at: at(9) });
  expect(findSettingsThen(row, { ...NOTHING, after }, then)).toMatchObject({ disabled: true, certainty: "inferred" });
  const before = change("before", at(-9), { before: state(), after: found });
  const known = findSettingsThen(row, { ...NOTHING, before, after }, then);
  expect(known).toMatchObject({ disabled: true, disabledAt: at(-9), certainty: "recorded" });
});

test("a type that is taken since, its own as well as Posthorn's, is told with when", () => {
  const added = endpoint({ event_types: ["invoice.*"], event_types_added_at: [at(7)], updated_at: at(7) });
  const after = change("after", at(7), { before: state({ eventTypes: [] }), after: state() });
  const decided = decide(added, {}, { ...NOTHING, after });
  expect(decided).toEqual({ reason: "type_not_subscribed", certainty: "recorded", at: at(7) });
});

test("Posthorn's own events need their name, but where the profile counts one among all types", () => {
  const own = { type: "message.attempt.exhausted", source: "operational" } as const;
  expect(decide(endpoint(), own).reason).toBe("operational_type_not_named");
  expect(decide(endpoint({ profile: "velt" }), own)).toMatchObject({
    reason: "about_the_endpoint",
    certainty: "inferred",
  });
});

test("where nothing says why, that is said", () => {
  expect(decide(endpoint())).toEqual({ reason: "not_recorded", certainty: "inferred", at: null });
});

test("a profile that was switched off or on later is told as it was then", () => {
  const [on, off] = [
    { available: true, enabled: true },
    { available: true, enabled: false },
  ];
  const later = change("after", at(5), { before: off, after: on });
  const before = change("before", at(-5), { before: on, after: off });
  expect(findHeldThen(false, { ...NOTHING, before, after: later }, then)).toEqual({
    held: true,
    at: at(-5),
    certainty: "recorded",
  });
  expect(findHeldThen(true, NOTHING, then)).toEqual({ held: true, at: null, certainty: "recorded" });
  const switchedOff = change("after", at(5), { before: on, after: off });
  expect(findHeldThen(true, { ...NOTHING, after: switchedOff }, then).held).toBe(false);
});
