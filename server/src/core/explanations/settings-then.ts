/**
 * What an endpoint's settings were at the time of an event (pure). Its present settings are only evidence: the audit
 * log has what each call changed, with before and after, so the first change after that time says what was before it.
 *
 *   not changed since                            → the present ones, recorded
 *   changed since, and the log reaches back      → those before the first change, recorded
 *   the log does not reach back that far         → the present ones, inferred
 *
 * Posthorn's own stops are in no audit row. A stop that came after can only have found an endpoint that listened; where
 * a later call found it stopped already, and nothing says since when, that it was so then is inferred. So is everything
 * within a second of a change: which of the two was committed first is not recorded.
 */
import type { AroundRow } from "../../db/queries/find-changes-around.ts";
import type { ExplainedEndpointRow } from "../../db/queries/list-explained-endpoints.ts";

/** `recorded`: certain. `inferred`: the best that present settings say of the past. */
export const CERTAINTIES = ["recorded", "inferred"] as const;
export type Certainty = (typeof CERTAINTIES)[number];

export interface SettingsThen {
  readonly disabled: boolean;
  /** Since when it was disabled, where that is recorded. */
  readonly disabledAt: Date | null;
  readonly eventTypes: readonly string[] | null;
  readonly channels: readonly string[] | null;
  readonly certainty: Certainty;
}

export interface Around {
  readonly before: AroundRow | null;
  readonly after: AroundRow | null;
  /** The log was read back to the time. */
  readonly complete: boolean;
}

interface AuditedEndpoint {
  readonly status: string;
  readonly statusReason: string | null;
  readonly eventTypes: readonly string[] | null;
  readonly channels: readonly string[] | null;
}

/** A publish and a change that are nearer than this may have been committed in either order. */
const CLOSE_MS = 1_000;

export function isClose(one: Date, other: Date): boolean {
  return Math.abs(one.getTime() - other.getTime()) < CLOSE_MS;
}

export function findSettingsThen(row: ExplainedEndpointRow, around: Around, then: Date): SettingsThen {
  const changed = read(around.after?.before ?? null);
  const times = [around.before?.at, around.after?.at, row.status_changed_at, row.created_at];
  const close = times.some((at) => at !== undefined && isClose(at, then));
  if (changed !== null) return fromLog(around, { changed, close });

  const unchanged = row.updated_at <= then && row.status_changed_at <= then;
  const stoppedSince = row.status_changed_at > then;
  return {
    disabled: row.status === "disabled" && !stoppedSince,
    disabledAt: row.status === "disabled" ? row.status_changed_at : null,
    eventTypes: row.event_types,
    channels: row.channels,
    certainty: (unchanged || around.complete) && !close ? "recorded" : "inferred",
  };
}

function fromLog(
  { before, complete }: Around,
  { changed, close }: { readonly changed: AuditedEndpoint; readonly close: boolean },
): SettingsThen {
  const disabled = changed.status === "disabled";
  const left = read(before?.after ?? null);
  const disabledAt = disabled && left?.status === "disabled" ? (before?.at ?? null) : null;
  // By Posthorn itself, between the two rows: before the event, or after it.
  const unknown = disabled && changed.statusReason !== "manual" && disabledAt === null;
  return {
    disabled,
    disabledAt,
    eventTypes: changed.eventTypes,
    channels: changed.channels,
    certainty: complete && !close && !unknown ? "recorded" : "inferred",
  };
}

/** Only `auditEndpoint` writes these texts. */
function read(text: string | null): AuditedEndpoint | null {
  return text === null ? null : (JSON.parse(text) as AuditedEndpoint);
}
