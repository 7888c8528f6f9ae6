/**
 * Reads what was committed of some tenants since a position, in the order (transaction, id), together with the snapshot
 * it was read in. Only transactions below the snapshot's xmin: no other that could come before them still runs. A page
 * is bounded in events and in bytes, but has at least one event where there is any.
 */
import type { Queryable, Statement } from "../database.ts";

export interface FeedRow {
  readonly id: number;
  readonly tenant_id: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly created_at: Date;
  readonly transaction_id: number;
}

export interface FeedPage {
  /** `xmin:xmax:xip,xip…`, as PostgreSQL writes it. */
  readonly snapshot: string;
  readonly rows: readonly FeedRow[];
}

/** `ofTenants` is a condition on the tenant by $1. */
function statement(name: string, ofTenants: string): Statement {
  return {
    name,
    text: `
      select s.snapshot::text as snapshot, f.id, f.tenant_id, f.type, f.data, f.created_at, f.transaction_id
      from (select pg_current_snapshot() as snapshot) s
      left join lateral (
        select sized.* from (
          select found.id, found.tenant_id, found.type, found.data, found.created_at,
            found.transaction_id::text::bigint as transaction_id,
            sum(octet_length(found.data)) over (order by found.transaction_id, found.id) - octet_length(found.data)
              as bytes_before
          from (
            select e.id, e.tenant_id, e.type, e.data, e.created_at, e.transaction_id
            from events e
            where ${ofTenants}
              and e.transaction_id >= $2::text::xid8 and (e.transaction_id > $2::text::xid8 or e.id > $3::bigint)
              and e.transaction_id < pg_snapshot_xmin(s.snapshot)
              and e.source in ('publish', 'operational')
            order by e.transaction_id, e.id
            limit $4::integer
          ) found
        ) sized
        where sized.bytes_before < $5::bigint
      ) f on true
      order by f.transaction_id, f.id`,
  };
}

const READ_EVENT_FEED = statement("read-event-feed", "e.tenant_id = any ($1::uuid[])");
/** With one tenant the index gives the order, so that a page costs the same however much comes after it. */
const READ_TENANT_FEED = statement("read-tenant-feed", "e.tenant_id = $1::uuid");

type NothingFound = { readonly [Column in keyof FeedRow]: null };

/** Tests and probes are nobody's events; they are left out. */
export async function readEventFeed(
  database: Queryable,
  since: {
    readonly tenantIds: readonly string[];
    readonly after: { readonly transactionId: number; readonly id: number };
    readonly limit: number;
    readonly bytes: number;
  },
): Promise<FeedPage> {
  const { tenantIds, after, limit, bytes } = since;
  const [first, ...others] = tenantIds;
  const isOne = first !== undefined && others.length === 0;
  const read = isOne ? READ_TENANT_FEED : READ_EVENT_FEED;
  const rows = await database.query<{ readonly snapshot: string } & (FeedRow | NothingFound)>(read, [
    isOne ? first : tenantIds,
    String(after.transactionId),
    after.id,
    limit,
    bytes,
  ]);
  const snapshot = rows[0]?.snapshot;
  if (snapshot === undefined) throw new Error("The snapshot of the feed was not returned.");
  return { snapshot, rows: rows.filter((row): row is { readonly snapshot: string } & FeedRow => row.id !== null) };
}
