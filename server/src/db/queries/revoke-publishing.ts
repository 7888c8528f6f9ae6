/** Takes back that a role may publish; with its last grant it may not call the function any more. */
import type { Queryable, Statement } from "../database.ts";
import type { PublishingGrant } from "./grant-publishing.ts";

const FORGET: Statement = {
  name: "revoke-publishing",
  text: `
delete from publishing_roles where role_name = $1::text and tenant_id is not distinct from $2::uuid
returning role_name`,
};
const FORBID: Statement = {
  name: "forbid-publishing",
  // A role that was dropped has no rights to take.
  text: `
select posthorn.forbid_publishing(rolname) from pg_roles
where rolname = $1::text and not exists (select from publishing_roles where role_name = $1::text)`,
};

/** Resolves to false when there was no such grant. */
export async function revokePublishing(
  transaction: Queryable,
  { roleName, tenantId }: PublishingGrant,
): Promise<boolean> {
  const rows = await transaction.query(FORGET, [roleName, tenantId]);
  if (rows.length > 0) await transaction.query(FORBID, [roleName]);
  return rows.length > 0;
}
