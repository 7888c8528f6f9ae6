/** Registers those of the types that a tenant does not have yet; the others stay as they are. */
import type { Queryable, Statement } from "../database.ts";

const REGISTER_EVENT_TYPES: Statement = {
  name: "register-event-types",
  text: `
    insert into event_types (tenant_id, name, created_at, updated_at)
    select $1::uuid, wanted.name, $3::timestamptz, $3::timestamptz from unnest($2::text[]) as wanted (name)
    order by wanted.name
    on conflict (tenant_id, name) do nothing`,
};

export async function registerEventTypes(
  transaction: Queryable,
  types: { readonly tenantId: string; readonly names: readonly string[]; readonly now: Date },
): Promise<void> {
  await transaction.query(REGISTER_EVENT_TYPES, [types.tenantId, types.names, types.now]);
}
