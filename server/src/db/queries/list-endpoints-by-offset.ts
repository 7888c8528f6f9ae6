/**
 * Reads a page of a tenant's endpoints by its place in the list, for contracts that page so. A tenant has at most ten
 * thousand endpoints: sorting them is a matter of milliseconds. Ties are broken by number, in the same direction.
 */
import type { Queryable, Statement } from "../database.ts";
import { ENDPOINT_COLUMNS, type EndpointRow } from "./endpoint-columns.ts";

export type EndpointOrder = "created_at" | "updated_at" | "is_active";
export type Direction = "asc" | "desc";

const SORTED_BY: Readonly<Record<EndpointOrder, string>> = {
  created_at: "created_at",
  updated_at: "updated_at",
  is_active: "(status = 'active')",
};

/** The text is looked for in the URL as it is stored, without regard to case. */
const MATCHES = `tenant_id = $1::uuid and deleted_at is null
      and ($2::text is null or position(lower($2::text) in lower(url)) > 0)`;

const STATEMENTS: Readonly<Record<EndpointOrder, Readonly<Record<Direction, Statement>>>> = {
  created_at: { asc: statement("created_at", "asc"), desc: statement("created_at", "desc") },
  updated_at: { asc: statement("updated_at", "asc"), desc: statement("updated_at", "desc") },
  is_active: { asc: statement("is_active", "asc"), desc: statement("is_active", "desc") },
};

const COUNT_ENDPOINTS: Statement = {
  name: "count-endpoints",
  text: `select count(*)::integer as count from endpoints where ${MATCHES}`,
};

function statement(order: EndpointOrder, direction: Direction): Statement {
  return {
    name: `list-endpoints-by-${order}-${direction}`,
    text: `
    select ${ENDPOINT_COLUMNS}
    from endpoints
    where ${MATCHES}
    order by ${SORTED_BY[order]} ${direction}, number ${direction}
    limit $3::integer offset $4::integer`,
  };
}

export async function listEndpointsByOffset(
  database: Queryable,
  page: {
    readonly tenantId: string;
    /** Part of the URL; null for all. */
    readonly urlPart: string | null;
    readonly order: EndpointOrder;
    readonly direction: Direction;
    readonly offset: number;
    readonly limit: number;
  },
): Promise<{ readonly rows: EndpointRow[]; readonly count: number }> {
  const { tenantId, urlPart, order, direction, offset, limit } = page;
  const rows = await database.query<EndpointRow>(STATEMENTS[order][direction], [tenantId, urlPart, limit, offset]);
  const [counted] = await database.query<{ count: number }>(COUNT_ENDPOINTS, [tenantId, urlPart]);
  return { rows, count: counted?.count ?? 0 };
}
