/** A recovery as a row, and what it looks for as a condition on the log. */

export interface RecoveryRow {
  readonly id: string;
  /** Rises with each recovery. */
  readonly number: number;
  readonly state: "running" | "paused" | "finished" | "cancelled";
  readonly endpoint_ids: readonly string[] | null;
  readonly outcomes: readonly ("failed" | "never_attempted")[];
  readonly type: string | null;
  readonly class: string | null;
  readonly created_after: Date | null;
  readonly created_before: Date | null;
  readonly newest_first: boolean;
  readonly rate_per_second: number;
  /** Null until it was opened. */
  readonly endpoints: number | null;
  readonly endpoints_left: number;
  readonly endpoints_closed: number;
  /** Null where the look at its start did not see everything. */
  readonly expected: number | null;
  readonly recovered: number;
  readonly payloads_gone: number;
  /** From 0 to 1: the share of its ids that was looked at. */
  readonly progress: number;
  readonly started_at: Date;
  readonly finished_at: Date | null;
}

/** Of `recoveries r`. */
export const RECOVERY_COLUMNS = `r.id, r.number, r.state, r.endpoint_ids, r.outcomes, r.type, r.class, r.created_after,
      r.created_before, r.newest_first, r.rate_per_second, r.endpoints,
      (select count(*) from recovery_parts p where p.recovery_id = r.id)::integer as endpoints_left,
      r.endpoints_closed, r.expected, r.recovered, r.payloads_gone,
      case
        when r.endpoints is null then 0
        when r.endpoints = 0 or r.low_id >= r.high_id then 1
        else 1 - (
          select coalesce(sum(p.high_id - p.low_id), 0)::double precision from recovery_parts p where p.recovery_id = r.id
        ) / (r.endpoints * (r.high_id - r.low_id)::double precision)
      end::double precision as progress,
      r.started_at, r.finished_at`;

/**
 * Whether a row of `deliveries d` is of those that a recovery resends. Parameters 1 to 7: tenant, outcomes, type, class,
 * created after and before, ended by. What somebody cancelled on purpose is left alone.
 */
export const IS_RECOVERABLE = `(d.source in ('publish', 'resend') and d.state <> 'succeeded'
          and d.reason is distinct from 'requested'
          and case when d.last_attempt_at is null then 'never_attempted' else 'failed' end = any ($2::text[])
          and ($3::text is null or d.type = $3::text) and ($4::text is null or d.last_class = $4::text)
          and ($5::timestamptz is null or d.created_at >= $5::timestamptz)
          and ($6::timestamptz is null or d.created_at < $6::timestamptz)
          and d.finished_at <= $7::timestamptz)`;

/** What `IS_RECOVERABLE` compares with. */
export interface RecoverableFilter {
  readonly tenantId: string;
  readonly outcomes: readonly string[];
  readonly type: string | null;
  readonly class: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
  readonly endedBy: Date;
}

/** The parameters 1 to 7. */
export function recoverableParameters(filter: RecoverableFilter): readonly unknown[] {
  const { tenantId, outcomes, type, class: errorClass, createdAfter, createdBefore, endedBy } = filter;
  return [tenantId, outcomes, type, errorClass, createdAfter, createdBefore, endedBy];
}
