/** Notes that a role of the database may publish for a tenant, or for all of them, and lets it call the function. */
import type { Queryable, Statement } from "../database.ts";

export interface PublishingGrant {
  readonly roleName: string;
  /** null: every tenant. */
  readonly tenantId: string | null;
}

const NOTE: Statement = {
  name: "grant-publishing",
  text: `
insert into publishing_roles (role_name, tenant_id, created_at) values ($1::text, $2::uuid, $3::timestamptz)
on conflict do nothing
returning role_name`,
};
const LET: Statement = { name: "let-publish", text: "select posthorn.let_publish($1::text)" };

/** Resolves to false when it stood already. Throws DatabaseError 42704 when there is no such role. */
export async function grantPublishing(
  transaction: Queryable,
  { roleName, tenantId, now }: PublishingGrant & { readonly now: Date },
): Promise<boolean> {
  const rows = await transaction.query(NOTE, [roleName, tenantId, now]);
  await transaction.query(LET, [roleName]);
  return rows.length > 0;
}
