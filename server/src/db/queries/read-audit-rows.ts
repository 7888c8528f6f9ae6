/** Reads a tenant's audit rows in order, oldest first, between two numbers: for whoever follows the chain. */
import type { Queryable, Statement } from "../database.ts";
import { AUDIT_COLUMNS } from "./audit-columns.ts";

export interface AuditLogRow {
  readonly tenantId: string;
  readonly number: number;
  readonly atUs: number;
  readonly actor: string;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly keyId: string;
  readonly mac: Uint8Array;
}

const READ_AUDIT_ROWS: Statement = {
  name: "read-audit-rows",
  text: `
    select ${AUDIT_COLUMNS}
    from audit_log
    where tenant_id = $1::uuid and number > $2::bigint and number <= $3::bigint
    order by number
    limit $4::integer`,
};

export function readAuditRows(
  database: Queryable,
  range: { readonly tenantId: string; readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<AuditLogRow[]> {
  return database.query<AuditLogRow>(READ_AUDIT_ROWS, [range.tenantId, range.after, range.upTo, range.limit]);
}
