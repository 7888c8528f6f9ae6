/** Which of the names are no event types of the tenant, in the order given. */
import type { Queryable, Statement } from "../database.ts";

const FIND_UNREGISTERED_TYPES: Statement = {
  name: "find-unregistered-types",
  text: `
    select wanted.name
    from unnest($2::text[]) with ordinality as wanted (name, place)
    where not exists (
      select from event_types where event_types.tenant_id = $1::uuid and event_types.name = wanted.name
    )
    order by wanted.place`,
};

export async function findUnregisteredTypes(
  database: Queryable,
  wanted: { readonly tenantId: string; readonly names: readonly string[] },
): Promise<string[]> {
  if (wanted.names.length === 0) return [];
  const rows = await database.query<{ name: string }>(FIND_UNREGISTERED_TYPES, [wanted.tenantId, wanted.names]);
  return rows.map((row) => row.name);
}
