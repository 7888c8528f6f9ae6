/**
 * Registers an event type, or replaces what is known of it; a deprecated one is in use again afterwards. What is left
 * out is empty, as PUT means it.
 */
import { isDeepStrictEqual } from "node:util";

import { putEventType as putEventTypeRow } from "../../db/queries/put-event-type.ts";
import { selectEventType } from "../../db/queries/select-event-type.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { checkEventType, type EventType, toEventType, toEventTypeAudit } from "./event-type.ts";

export interface PutEventTypeInput {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON text. */
  readonly example?: string | null | undefined;
}

/** Throws `not_found`, `scope_required`, `validation_failed` (also for a reserved name). */
export async function putEventType({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: PutEventTypeInput;
}): Promise<{ readonly eventType: EventType; readonly created: boolean }> {
  requireScope(actor, tenantId, "event-types:write");
  refuseProblems(checkEventType(input));
  const { database, clock, keyRing } = context;
  const { name, description = "", example = null } = input;
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const found = await selectEventType(transaction, { tenantId, name });
    const row = await putEventTypeRow(transaction, { tenantId, name, description, example, now });
    if (row === null) throw new CoreError("not_found", "There is no such tenant.");
    const eventType = toEventType(row);
    const before = found === null ? null : toEventTypeAudit(toEventType(found));
    const after = toEventTypeAudit(eventType);
    // A product that registers its types at each start says nothing new.
    if (!isDeepStrictEqual(before, after)) {
      const subject = `event_type:${name}` as const;
      await appendAudit(transaction, {
        keyRing,
        tenantId,
        actor,
        action: "event_type.put",
        subject,
        before,
        after,
        now,
      });
    }
    return { eventType, created: row.created };
  });
}
