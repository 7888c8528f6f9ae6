/** Which roles of the database may publish, and for whom. */
import type { Queryable, Statement } from "../database.ts";

export interface PublishingRow {
  readonly role_name: string;
  /** null: every tenant. */
  readonly tenant_slug: string | null;
  readonly created_at: Date;
}

const statement: Statement = {
  name: "list-publishing",
  text: `
select p.role_name, t.slug as tenant_slug, p.created_at
from publishing_roles p left join tenants t on t.id = p.tenant_id
order by p.role_name, t.slug nulls first`,
};

export async function listPublishing(database: Queryable): Promise<PublishingRow[]> {
  return database.query<PublishingRow>(statement, []);
}
