/**
 * Refuses filters that name types which the tenant has not registered: such an endpoint would wait for ever for an
 * event that nobody can publish. Prefixes are not looked up; they may be ahead of their types.
 */
import type { Queryable } from "../../db/database.ts";
import { findUnregisteredTypes } from "../../db/queries/find-unregistered-types.ts";
import { CoreError } from "../errors/core-error.ts";
import { namesToRegister } from "./check-event-types.ts";

/** Throws `event_type_unknown`. */
export async function requireRegisteredTypes(
  database: Queryable,
  input: { readonly tenantId: string; readonly eventTypes: readonly string[] | null },
): Promise<void> {
  const named = namesToRegister(input.eventTypes);
  const names = named.map((entry) => entry.name);
  const unknown = new Set(await findUnregisteredTypes(database, { tenantId: input.tenantId, names }));
  const problems = named
    .filter((entry) => unknown.has(entry.name))
    .map(({ name, index }) => ({
      path: `/eventTypes/${index}`,
      code: "event_type_unknown",
      message: `The event type ${name} is not registered. Register it with PUT …/event-types/${name}.`,
    }));
  const first = problems[0];
  if (first !== undefined) throw new CoreError("event_type_unknown", first.message, { problems });
}
