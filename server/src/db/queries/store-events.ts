/**
 * The store statement: everything that makes an event durable, in one round trip and one commit. It checks that
 * tenant, key and type still stand, claims the deduplication keys, inserts the events, joins the endpoints that want
 * them, and inserts their deliveries: leased to this node where they may go straight to the wire (no backlog of the
 * endpoint, no rate limit, room in the node and in what may be leased ahead), waiting in their lane otherwise.
 *
 * A request is stored whole or not at all. What comes back is one list of rows of four kinds, see store-rows.ts.
 * Joins are on small integers (ordinals into the parameter arrays), so that a batch of hundreds stays linear.
 */
import type { Queryable, Statement } from "../database.ts";
import { type StoredColumns, type StoreRow, toStoreRows } from "./store-rows.ts";
import { turnFreeLanes } from "./turn-free-lanes.ts";

/** The parameter arrays of one batch. Ordinals (`…No`) count from 1 into the array they name. */
export interface StoreBatch {
  readonly now: Date;
  /** All bodies of the batch, one behind the other. */
  readonly bodies: Uint8Array;
  readonly publisherTenantIds: readonly string[];
  /** null: the root key, or Posthorn itself. */
  readonly publisherKeyIds: readonly (string | null)[];
  readonly routeTenantIds: readonly string[];
  readonly routeTypes: readonly string[];
  /** The keys that an endpoint's route_keys are matched with, joined by spaces. */
  readonly routeKeys: readonly string[];
  /** true: the type needs no registration (Posthorn's own types). */
  readonly routeBuiltin: readonly boolean[];
  /** Set: the events go to this endpoint alone. */
  readonly routeTargets: readonly (string | null)[];
  /** Set: the events go to every other endpoint. */
  readonly routeExcepts: readonly (string | null)[];
  readonly eventRequestNos: readonly number[];
  readonly eventPublisherNos: readonly number[];
  readonly eventRouteNos: readonly number[];
  readonly eventStarts: readonly number[];
  readonly eventLengths: readonly number[];
  /** Joined by spaces. */
  readonly eventChannels: readonly (string | null)[];
  readonly eventKeys: readonly (string | null)[];
  readonly eventSources: readonly string[];
  /** Empty where no event of the batch belongs to a trace. */
  readonly eventTraceparents: readonly (string | null)[];
  /** Empty where every event of the batch gets its id here. */
  readonly eventGivenIds: readonly (number | null)[];
  /** The event that a key belongs to: its own for `id`, the first of the request for `idempotency`. */
  readonly keyEventNos: readonly number[];
  readonly keyKinds: readonly ("id" | "idempotency")[];
  readonly keyTexts: readonly string[];
  /** Hexadecimal. */
  readonly keyFingerprints: readonly string[];
  readonly keyExpiries: readonly Date[];
  readonly lease: number;
  /** Deliveries that this node can take straight to the wire. */
  readonly nodeRoom: number;
  /** The in-flight cap of endpoints that set none. */
  readonly defaultMaxInFlight: number;
  /** How many times its share of a cap this node may lease. */
  readonly prefetch: number;
  /** The share is the cap plus `capSpare`, divided by `capDivisor` (cap-share.ts). */
  readonly capDivisor: number;
  readonly capSpare: number;
  /** Endpoints of which this node may lease so many; of any other, its share times `prefetch`. */
  readonly crowdedEndpointIds: readonly string[];
  readonly crowdedRooms: readonly number[];
}

/** Milliseconds. What has waited in a lane for less is no backlog. */
export const MOMENT_MS = 250;

const statement: Statement = {
  name: "store-events",
  text: `
with publisher as materialized (
  select p.no, p.tenant_id,
    case
      when t.id is null then 'not_found'
      when p.key_id is not null and k.id is null then 'unauthenticated'
      when p.key_id is not null and not 'events:publish' = any (k.scopes) then 'scope_required'
    end as problem
  from unnest($3::uuid[], $4::uuid[]) with ordinality as p (tenant_id, key_id, no)
  left join tenants t on t.id = p.tenant_id and t.deleted_at is null
  left join api_keys k on k.id = p.key_id and k.tenant_id = p.tenant_id and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > $1::timestamptz)
),
route as materialized (
  select r.no, r.tenant_id, r.type, string_to_array(r.keys, ' ') as keys, r.target, r.except_id,
    case
      when not r.builtin and y.name is null then 'event_type_unknown'
      when r.target is not null and not exists (
        select from endpoints e
        where e.id = r.target and e.tenant_id = r.tenant_id and e.deleted_at is null and e.status <> 'disabled'
      ) then 'target_gone'
    end as problem
  from unnest($5::uuid[], $6::text[], $7::text[], $8::boolean[], $9::uuid[], $32::uuid[]) with ordinality
    as r (tenant_id, type, keys, builtin, target, except_id, no)
  left join event_types y on y.tenant_id = r.tenant_id and y.name = r.type
),
matched as materialized (
  select r.no as route_no, e.id as endpoint_id, e.version, e.channels, false as targeted,
    -- What waits for a moment, or for later, is no backlog: were the short way closed beside it, a lane that several
    -- nodes fill would never be empty. What waits longer goes first.
    e.status = 'active' and e.rate_limit_per_second is null
      and not exists (
        select from lanes l
        where l.endpoint_id = e.id and (
          l.parked_until > $1::timestamptz
          or $1::timestamptz - interval '${MOMENT_MS} milliseconds' >= (
            select q.due_at from queue q
            where q.endpoint_id = e.id and q.lease is null
            order by q.due_at, q.delivery_id
            limit 1
          )
        )
      ) as open,
    coalesce(e.max_in_flight, $25::integer) as max_in_flight,
    c.room
  from route r join endpoints e on e.route_keys && r.keys
  left join unnest($29::uuid[], $30::integer[]) as c (endpoint_id, room) on c.endpoint_id = e.id
  where r.target is null and (r.except_id is null or e.id <> r.except_id)
  union all
  select r.no, e.id, e.version, null, true, true, coalesce(e.max_in_flight, $25::integer), null
  from route r join endpoints e on e.id = r.target
  where r.problem is null
),
input as materialized (
  select i.no, i.request_no, i.route_no, i.start, i.length, string_to_array(i.channels, ' ') as channels,
    i.key, i.source, i.traceparent, i.given_id, p.tenant_id, r.type, coalesce(p.problem, r.problem) as problem
  from unnest($10::integer[], $11::integer[], $12::integer[], $13::integer[], $14::integer[], $15::text[],
    $16::text[], $17::text[], $31::text[], $33::bigint[]) with ordinality
    as i (request_no, publisher_no, route_no, start, length, channels, key, source, traceparent, given_id, no)
  join publisher p on p.no = i.publisher_no
  join route r on r.no = i.route_no
),
refused as materialized (
  select distinct on (request_no) request_no, problem, type
  from input where problem is not null order by request_no, no
),
numbered as materialized (
  select i.*, coalesce(i.given_id, nextval('ids')) as id
  from (select * from input where request_no not in (select request_no from refused) order by no) i
),
pair as materialized (
  -- What goes to one endpoint alone (a test) is waited for: it goes out at once, whatever the caps.
  select p.*,
    p.targeted or (p.short and sum(p.short::integer) over (order by p.no rows unbounded preceding) <= $24::integer)
      as leased,
    nextval('ids') as delivery_id
  from (
    select n.no, n.request_no, n.id as event_id, n.tenant_id, n.type, n.source, m.endpoint_id, m.version, m.targeted,
      m.max_in_flight,
      m.open and row_number() over (partition by m.endpoint_id order by n.no)
        <= coalesce(m.room, greatest((m.max_in_flight + $28::integer) / $27::integer, 1) * $26::integer) as short
    from numbered n join matched m on m.route_no = n.route_no
    where m.channels is null or m.channels && n.channels
  ) p
),
counted as materialized (
  select no, count(*)::integer as deliveries, count(*) filter (where not leased)::integer as waiting
  from pair group by no
),
key_input as materialized (
  select n.request_no, n.tenant_id, n.id as event_id, k.kind, k.key, k.fingerprint, k.expires_at,
    case
      when k.kind = 'id' then jsonb_build_array(jsonb_build_object('id', n.id, 'deliveries', coalesce(c.deliveries, 0)))
      else (
        select jsonb_agg(jsonb_build_object('id', o.id, 'deliveries', coalesce(oc.deliveries, 0)) order by o.no)
        from numbered o left join counted oc on oc.no = o.no
        where o.request_no = n.request_no
      )
    end as answer
  from unnest($18::integer[], $19::text[], $20::text[], $21::text[], $22::timestamptz[])
    as k (event_no, kind, key, fingerprint, expires_at)
  join numbered n on n.no = k.event_no
  left join counted c on c.no = k.event_no
),
claimed as (
  insert into publish_keys (tenant_id, kind, key, fingerprint, first_event_id, answer, expires_at)
  select tenant_id, kind, key, decode(fingerprint, 'hex'), event_id, answer, expires_at
  from key_input order by tenant_id, kind, key
  on conflict (tenant_id, kind, key) do update set fingerprint = excluded.fingerprint,
    first_event_id = excluded.first_event_id, answer = excluded.answer, expires_at = excluded.expires_at
  where publish_keys.expires_at <= $1::timestamptz
  returning first_event_id, kind
),
conflicted as materialized (
  select k.request_no, count(c.kind)::integer as claimed
  from key_input k left join claimed c on c.first_event_id = k.event_id and c.kind = k.kind
  group by k.request_no having count(c.kind) < count(*)
),
stored as (
  insert into events (id, tenant_id, type, channels, key, source, data, deliveries, created_at, traceparent)
  select n.id, n.tenant_id, n.type, n.channels, n.key, n.source,
    substring($2::bytea from n.start + 1 for n.length), coalesce(c.deliveries, 0), $1::timestamptz, n.traceparent
  from numbered n left join counted c on c.no = n.no
  where n.request_no not in (select request_no from conflicted)
),
queued as (
  insert into queue (delivery_id, event_id, tenant_id, endpoint_id, type, source, due_at, lease, created_at, run_started_at)
  select delivery_id, event_id, tenant_id, endpoint_id, type, source, $1::timestamptz,
    case when leased then $23::bigint end, $1::timestamptz, $1::timestamptz
  from pair
  where request_no not in (select request_no from conflicted)
),
waits as materialized (
  select distinct endpoint_id from pair
  where not leased and request_no not in (select request_no from conflicted)
),${turnFreeLanes({ wanted: "waits", now: "$1" })}
-- A row for each kind, with a column of each value: a batch is read as a few arrays, not as hundreds of rows.
select 'event' as kind, array_agg(n.no::integer) as nos, array_agg(n.id) as ids,
  array_agg(coalesce(c.deliveries, 0)) as deliveries, array_agg(coalesce(c.waiting, 0)) as waiting,
  null::uuid[] as endpoint_ids, null::bigint[] as versions, null::integer[] as caps, null::text[] as problems,
  null::text[] as details, null::integer[] as claimed
from numbered n left join counted c on c.no = n.no
where n.request_no not in (select request_no from conflicted)
union all
select 'leased', array_agg(no::integer), array_agg(delivery_id), null, null, array_agg(endpoint_id), array_agg(version),
  array_agg(max_in_flight), null, null, null
from pair where leased and request_no not in (select request_no from conflicted)
union all
select 'refused', array_agg(request_no), null, null, null, null, null, null, array_agg(problem), array_agg(type), null
from refused
union all
select 'conflict', array_agg(request_no), null, null, null, null, null, null, null, null, array_agg(claimed)
from conflicted`,
};

/** Stores the batch. Throws DatabaseError; then nothing of it is stored. */
export async function storeEvents(database: Queryable, batch: StoreBatch): Promise<StoreRow[]> {
  const kinds = await database.query<StoredColumns>(statement, [
    batch.now,
    batch.bodies,
    batch.publisherTenantIds,
    batch.publisherKeyIds,
    batch.routeTenantIds,
    batch.routeTypes,
    batch.routeKeys,
    batch.routeBuiltin,
    batch.routeTargets,
    batch.eventRequestNos,
    batch.eventPublisherNos,
    batch.eventRouteNos,
    batch.eventStarts,
    batch.eventLengths,
    batch.eventChannels,
    batch.eventKeys,
    batch.eventSources,
    batch.keyEventNos,
    batch.keyKinds,
    batch.keyTexts,
    batch.keyFingerprints,
    batch.keyExpiries,
    batch.lease,
    batch.nodeRoom,
    batch.defaultMaxInFlight,
    batch.prefetch,
    batch.capDivisor,
    batch.capSpare,
    batch.crowdedEndpointIds,
    batch.crowdedRooms,
    batch.eventTraceparents,
    batch.routeExcepts,
    batch.eventGivenIds,
  ]);
  return kinds.flatMap(toStoreRows);
}
