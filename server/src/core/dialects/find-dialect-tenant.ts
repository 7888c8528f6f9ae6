/**
 * Which tenant a request in a dialect is for, where its credentials name none: the one that registered the host it was
 * sent to, otherwise the default tenant where the server has one. A tenant that has not switched the dialect on is not
 * there at all.
 */
import type { Queryable } from "../../db/database.ts";
import { findDialectTenant as findRow } from "../../db/queries/find-dialect-tenant.ts";
import { listDialects } from "../../db/queries/list-dialects.ts";
import type { CoreContext } from "../context.ts";
import { type DialectName, normaliseHost } from "./dialect.ts";

export interface DialectTenant {
  readonly tenantId: string;
  /** It was found by a host that it registered. */
  readonly byHost: boolean;
}

/** `host` is the `Host` header. Null when the request means no tenant. */
export async function findDialectTenant({
  context,
  dialect,
  host,
  defaultTenant,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly dialect: DialectName;
  readonly host: string | null;
  /** A slug; null where a request must name its tenant. */
  readonly defaultTenant: string | null;
}): Promise<DialectTenant | null> {
  const row = await findRow(context.database, {
    dialect,
    host: host === null ? null : normaliseHost(host),
    slug: defaultTenant,
  });
  return row === null ? null : { tenantId: row.tenant_id, byHost: row.by_host };
}

/** Whether a tenant has switched the dialect on. */
export async function hasDialect({
  context,
  tenantId,
  dialect,
}: {
  /** The database, or the transaction of whoever decides by it. */
  readonly context: { readonly database: Queryable };
  readonly tenantId: string;
  readonly dialect: DialectName;
}): Promise<boolean> {
  return (await listDialects(context.database, { tenantId, name: dialect })).length > 0;
}
