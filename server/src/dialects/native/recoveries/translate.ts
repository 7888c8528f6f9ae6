/** Recoveries and their previews to the wire. */
import type { z } from "@hono/zod-openapi";

import { toUuidId } from "../../../core/ids/public-id.ts";
import type { RecoveryPreview } from "../../../core/recoveries/count-recoverable.ts";
import type { Recovery } from "../../../core/recoveries/recovery.ts";
import type { recoveryPreviewSchema, recoverySchema } from "./schemas.ts";

export function toRecoveryAnswer(recovery: Recovery): z.infer<typeof recoverySchema> {
  const { filter } = recovery;
  return {
    id: toUuidId("rec", recovery.id),
    state: recovery.state,
    filter: {
      endpointIds: filter.endpointIds?.map((id) => toUuidId("ep", id)) ?? null,
      outcomes: [...filter.outcomes],
      type: filter.type ?? null,
      class: filter.class ?? null,
      createdAfter: filter.createdAfter?.toISOString() ?? null,
      createdBefore: filter.createdBefore?.toISOString() ?? null,
    },
    ratePerSecond: recovery.ratePerSecond,
    order: recovery.order,
    expected: recovery.expected,
    recovered: recovery.recovered,
    payloadsGone: recovery.payloadsGone,
    endpoints: recovery.endpoints,
    endpointsLeft: recovery.endpointsLeft,
    endpointsClosed: recovery.endpointsClosed,
    progress: recovery.progress,
    startedAt: recovery.startedAt.toISOString(),
    finishedAt: recovery.finishedAt?.toISOString() ?? null,
  };
}

export function toRecoveryPreviewAnswer(preview: RecoveryPreview): z.infer<typeof recoveryPreviewSchema> {
  return {
    ...preview,
    oldestAt: preview.oldestAt?.toISOString() ?? null,
    reachedAt: preview.reachedAt?.toISOString() ?? null,
  };
}
