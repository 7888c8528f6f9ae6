/** A recovery as its owner sees it: what it resends, how fast, and how far it is. */
import type { RecoveryRow } from "../../db/queries/recovery-columns.ts";
import type { ErrorClass } from "../attempts/error-class.ts";
import type { AuditState } from "../audit/audit-row.ts";
import type { RecoveryFilter } from "./recovery-filter.ts";
import type { RecoveryState } from "./recovery-state.ts";

export const RECOVERY_ORDERS = ["oldest_first", "newest_first"] as const;
export type RecoveryOrder = (typeof RECOVERY_ORDERS)[number];

export interface Recovery {
  readonly id: string;
  /** Rises with each recovery: the position in the list. */
  readonly number: number;
  readonly state: RecoveryState;
  readonly filter: RecoveryFilter;
  readonly order: RecoveryOrder;
  readonly ratePerSecond: number;
  /** How many that were to be, as a preview at its start counted them; null where that did not see everything. */
  readonly expected: number | null;
  /** Deliveries that began a new run. */
  readonly recovered: number;
  /** Those of the filter that could not, since their event is past its retention. */
  readonly payloadsGone: number;
  /** Null until it has begun to look. */
  readonly endpoints: number | null;
  readonly endpointsLeft: number;
  /** Those that were disabled or deleted before all of theirs was looked at; the rest of it was left. */
  readonly endpointsClosed: number;
  /** From 0 to 1: the share of its time, over all its endpoints, that was looked at. */
  readonly progress: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

export function toRecovery(row: RecoveryRow): Recovery {
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    filter: {
      endpointIds: row.endpoint_ids ?? undefined,
      outcomes: row.outcomes,
      type: row.type ?? undefined,
      // Written from this list alone.
      class: (row.class as ErrorClass | null) ?? undefined,
      createdAfter: row.created_after ?? undefined,
      createdBefore: row.created_before ?? undefined,
    },
    order: row.newest_first ? "newest_first" : "oldest_first",
    ratePerSecond: row.rate_per_second,
    expected: row.expected,
    recovered: row.recovered,
    payloadsGone: row.payloads_gone,
    endpoints: row.endpoints,
    endpointsLeft: row.endpoints_left,
    endpointsClosed: row.endpoints_closed,
    progress: row.progress,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** What was asked for, as the audit log keeps it. */
export function toRecoveryAudit({ filter, order, ratePerSecond }: Recovery): AuditState {
  return { ...filter, order, ratePerSecond };
}
