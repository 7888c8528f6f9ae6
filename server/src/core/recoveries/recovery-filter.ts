/**
 * Which deliveries a recovery resends: those that ended without success, or without any attempt, of the endpoints, type,
 * class and time that are named. The same filter for the preview and the recovery, so that one tells what the other does.
 */
import { listEndpointOpenness } from "../../db/queries/list-endpoint-openness.ts";
import type { Queryable } from "../../db/database.ts";
import type { RecoverableFilter } from "../../db/queries/recovery-columns.ts";
import type { ErrorClass } from "../attempts/error-class.ts";
import type { InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";

export const RECOVERABLE_OUTCOMES = ["failed", "never_attempted"] as const;
export type RecoverableOutcome = (typeof RECOVERABLE_OUTCOMES)[number];

export interface RecoveryFilter {
  /** All of the tenant when left out. */
  readonly endpointIds?: readonly string[] | undefined;
  readonly outcomes: readonly RecoverableOutcome[];
  readonly type?: string | undefined;
  /** The error class of the last attempt. */
  readonly class?: ErrorClass | undefined;
  /** At this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Before this time. */
  readonly createdBefore?: Date | undefined;
}

export const RECOVERY_ENDPOINTS_MAX = 100;

/**
 * The named endpoints that are disabled, once each has been found in the tenant. Throws `validation_failed`: another
 * tenant's endpoint is one that does not exist.
 */
export async function checkRecoveryFilter(
  database: Queryable,
  tenantId: string,
  { endpointIds, createdAfter, createdBefore }: RecoveryFilter,
): Promise<{ readonly disabledIds: readonly string[] }> {
  const problems: InputProblem[] = [];
  if (createdAfter !== undefined && createdBefore !== undefined && createdAfter >= createdBefore) {
    problems.push({
      path: "/createdBefore",
      code: "out_of_bounds",
      message: "createdBefore must be later than createdAfter.",
    });
  }
  const found = endpointIds === undefined ? [] : await listEndpointOpenness(database, { tenantId, endpointIds });
  const known = new Set(found.map(({ id }) => id));
  endpointIds?.forEach((endpointId, index) => {
    if (known.has(endpointId)) return;
    problems.push({ path: `/endpointIds/${index}`, code: "unknown_endpoint", message: "There is no such endpoint." });
  });
  refuseProblems(problems);
  return { disabledIds: found.filter(({ open }) => !open).map(({ id }) => id) };
}

/** The filter as the statements take it. `endedBy`: what ends later is left alone. */
export function toRecoverableFilter(
  tenantId: string,
  filter: RecoveryFilter,
  endedBy: Date,
): RecoverableFilter & { readonly endpointIds: readonly string[] | null } {
  return {
    tenantId,
    endpointIds: filter.endpointIds === undefined ? null : [...new Set(filter.endpointIds)],
    outcomes: filter.outcomes,
    type: filter.type ?? null,
    class: filter.class ?? null,
    createdAfter: filter.createdAfter ?? null,
    createdBefore: filter.createdBefore ?? null,
    endedBy,
  };
}
