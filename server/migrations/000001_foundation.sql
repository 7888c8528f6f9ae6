-- The foundation: tenants and their keys, event types, endpoints and their secrets, events, the hot queue with
-- its lanes, and the logs of deliveries and attempts. Partitions are made by maintenance, from the first start on.

-- Events, deliveries and attempts share one key: unique, roughly in time order (microseconds since 1970), below 2^53,
-- and the range-partition key. Maintenance moves the sequence forward to the clock (see advance-ids.ts).
create sequence ids as bigint minvalue 1 maxvalue 9007199254740991 cache 1;

-- Which form of Posthorn made this database: one made for production is never opened by the development server.
create table instance (
  single boolean primary key default true,
  made_by text not null,
  made_at timestamptz not null,
  constraint there_is_one_instance check (single),
  constraint instance_maker_is_known check (made_by in ('dev', 'serve'))
);

create table tenants (
  id uuid primary key,
  number integer generated always as identity unique,
  slug text not null,
  name text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint tenant_slug_is_well_formed check (slug ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  constraint tenant_name_has_bounds check (char_length(name) between 1 and 256)
);
create unique index tenants_slug_is_unique on tenants (slug) where deleted_at is null;

create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  name text not null,
  hash bytea not null,
  hint text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_key_hash_is_sha256 check (octet_length(hash) = 32),
  constraint api_key_has_a_scope check (cardinality(scopes) > 0)
);
create unique index api_keys_hash_is_unique on api_keys (hash);
create index api_keys_by_tenant on api_keys (tenant_id, created_at desc);

create table event_types (
  tenant_id uuid not null references tenants (id),
  name text not null,
  description text not null default '',
  example text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deprecated_at timestamptz,
  primary key (tenant_id, name),
  constraint event_type_name_is_well_formed
    check (name ~ '^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$' and char_length(name) <= 128)
);

-- route_keys holds "<tenant number>:<pattern>" for each filter the endpoint is routed by ('*' for all types);
-- the store statement matches an event's possible keys with && under the GIN index. Disabled and deleted
-- endpoints have none, so they are never matched. version rises with every write to the endpoint or its secrets.
create table endpoints (
  id uuid primary key,
  number integer generated always as identity unique,
  tenant_id uuid not null references tenants (id),
  url text not null,
  credentials bytea,
  description text not null default '',
  status text not null default 'active',
  status_reason text,
  status_changed_at timestamptz not null,
  event_types text[],
  event_types_added_at timestamptz[],
  route_keys text[] not null,
  channels text[],
  profile text not null,
  envelope text not null default 'wrapped',
  headers bytea,
  header_names text[] not null default '{}',
  encryption_key_id text,
  rate_limit_per_second integer,
  max_in_flight integer,
  timeout_ms integer,
  retry_waits integer[],
  verify_tls boolean not null default true,
  metadata jsonb not null default '{}',
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint endpoint_status_is_known check (status in ('active', 'paused', 'disabled')),
  constraint endpoint_status_has_its_reason check (
    (status = 'active' and status_reason is null)
    or (status = 'paused' and status_reason in ('manual', 'failing'))
    or (status = 'disabled' and status_reason in ('manual', 'gone', 'failing'))
  ),
  constraint disabled_endpoint_has_no_routes check (
    (status <> 'disabled' and deleted_at is null) or cardinality(route_keys) = 0
  ),
  constraint event_types_keep_their_times check (
    (event_types is null) = (event_types_added_at is null)
    and coalesce(cardinality(event_types) = cardinality(event_types_added_at), true)
  ),
  constraint endpoint_profile_is_known check (profile in ('standard', 'selfcommunity', 'velt', 'thesignup')),
  constraint endpoint_envelope_is_known check (envelope in ('wrapped', 'none')),
  constraint encrypted_parts_name_their_key check (
    (credentials is null and headers is null) or encryption_key_id is not null
  ),
  constraint rate_limit_is_positive check (rate_limit_per_second between 1 and 100000),
  constraint max_in_flight_has_bounds check (max_in_flight between 1 and 1000),
  constraint timeout_has_bounds check (timeout_ms between 1000 and 60000),
  constraint retry_waits_have_bounds check (cardinality(retry_waits) <= 50)
);
create index endpoints_by_route on endpoints using gin (route_keys) with (fastupdate = off);
create index endpoints_by_tenant on endpoints (tenant_id, number desc) where deleted_at is null;

create table secret_versions (
  endpoint_id uuid not null references endpoints (id),
  number integer not null,
  state text not null,
  scheme text not null,
  fingerprint text not null,
  sealed bytea,
  encryption_key_id text,
  created_by text not null,
  created_at timestamptz not null,
  activated_at timestamptz,
  expires_at timestamptz,
  last_used_at timestamptz,
  primary key (endpoint_id, number),
  constraint secret_state_is_known check (state in ('staged', 'active', 'retiring', 'expired')),
  constraint retiring_secret_has_an_end check (state <> 'retiring' or expires_at is not null),
  constraint expired_secret_has_no_value check ((state = 'expired') = (sealed is null)),
  constraint sealed_secret_names_its_key check (sealed is null or encryption_key_id is not null)
);
create unique index one_active_secret_an_endpoint on secret_versions (endpoint_id) where state = 'active';
create unique index one_staged_secret_an_endpoint on secret_versions (endpoint_id) where state = 'staged';
create index secrets_that_end on secret_versions (expires_at) where state = 'retiring';

-- What failures have shown of an endpoint. Written on failures and on the first success after them only.
create table endpoint_health (
  endpoint_id uuid primary key,
  failing_since timestamptz,
  consecutive_failures integer not null default 0,
  failed_deliveries integer not null default 0,
  warned_at timestamptz,
  last_success_at timestamptz,
  last_failure_at timestamptz
);

create table events (
  id bigint not null,
  tenant_id uuid not null,
  type text not null,
  channels text[],
  key text,
  source text not null default 'publish',
  data bytea not null,
  deliveries integer not null,
  created_at timestamptz not null,
  primary key (id),
  constraint event_source_is_known check (source in ('publish', 'test', 'probe', 'operational'))
) partition by range (id);
create index events_by_tenant on events (tenant_id, id desc);

-- Deduplication: 'id' lives as long as its event, 'idempotency' for 24 h. Written by the store statement;
-- the primary key decides, never a read before.
create table publish_keys (
  tenant_id uuid not null,
  kind text not null,
  key text not null,
  fingerprint bytea not null,
  first_event_id bigint not null,
  answer jsonb not null,
  expires_at timestamptz not null,
  primary key (tenant_id, kind, key),
  constraint publish_key_kind_is_known check (kind in ('id', 'idempotency'))
);
create index publish_keys_that_end on publish_keys (expires_at);

-- The answers of other POST requests, to be repeated for the same Idempotency-Key within 24 h. status is null while
-- the first request runs. The body may hold a secret, so it is sealed.
create table idempotent_answers (
  scope text not null,
  key text not null,
  fingerprint bytea not null,
  status integer,
  headers jsonb,
  sealed bytea,
  encryption_key_id text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (scope, key)
);
create index idempotent_answers_that_end on idempotent_answers (expires_at);

create table nodes (
  id integer generated always as identity primary key,
  host text not null,
  pid integer not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null
);

-- The hot table: one narrow row for each unfinished delivery. A row with a lease is in flight, one without is pending.
-- lease is node id * 2^32 + a counter of that node: the fence against a late node.
create table queue (
  delivery_id bigint primary key,
  event_id bigint not null,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  type text not null,
  source text not null,
  run integer not null default 1,
  attempts integer not null default 0,
  deferrals integer not null default 0,
  due_at timestamptz not null,
  lease bigint,
  created_at timestamptz not null,
  run_started_at timestamptz not null,
  last_attempt_at timestamptz,
  last_class text,
  last_status integer,
  constraint delivery_source_is_known check (source in ('publish', 'resend', 'test', 'probe', 'operational'))
) with (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0
);
create index queue_due on queue (endpoint_id, due_at, delivery_id) where lease is null;
create index queue_in_flight on queue (endpoint_id) where lease is not null;
create index queue_by_tenant on queue (tenant_id, delivery_id desc);

-- One row for each endpoint that has something waiting. A claim visits lanes whose turn has come, never the backlog.
-- parked_until holds a lane back whatever is due (Retry-After, pause, rate limit); capped says that the endpoint's
-- in-flight cap held it back, so that the next record moves it on; paced_until is the rate limit's theoretical
-- arrival time (GCRA).
create table lanes (
  endpoint_id uuid primary key,
  next_turn_at timestamptz not null,
  parked_until timestamptz,
  capped boolean not null default false,
  paced_until timestamptz
) with (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);
create index lanes_by_turn on lanes (next_turn_at);

-- The log: a delivery's row is written when it ends. A resend takes the row back into the queue.
create table deliveries (
  id bigint not null,
  event_id bigint not null,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  type text not null,
  source text not null,
  state text not null,
  reason text,
  run integer not null,
  attempts integer not null,
  created_at timestamptz not null,
  finished_at timestamptz not null,
  last_attempt_at timestamptz,
  last_class text,
  last_status integer,
  primary key (id),
  constraint delivery_state_is_final check (state in ('succeeded', 'exhausted', 'cancelled')),
  constraint cancelled_delivery_has_a_reason check (state <> 'cancelled' or reason is not null)
) partition by range (id);
create index deliveries_by_tenant on deliveries (tenant_id, id desc);
create index deliveries_by_endpoint on deliveries (endpoint_id, id desc);
create index deliveries_by_event on deliveries (event_id);

create table attempts (
  id bigint not null,
  delivery_id bigint not null,
  event_id bigint not null,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  run integer not null,
  number integer not null,
  source text not null,
  started_at timestamptz not null,
  outcome text not null,
  class text,
  request_url text not null,
  request_headers json not null,
  request_bytes integer not null,
  request_sha256 bytea not null,
  signed_by integer[] not null,
  response_status integer,
  response_headers json,
  response_body bytea,
  response_bytes integer,
  address text,
  timings json not null,
  tls json,
  decision text not null,
  reason text not null,
  next_at timestamptz,
  primary key (id),
  constraint attempt_outcome_is_known
    check (outcome in ('accepted', 'rejected', 'timed_out', 'unreachable', 'blocked')),
  constraint failed_attempt_has_a_class check ((outcome = 'accepted') = (class is null)),
  constraint attempt_decision_is_known
    check (decision in ('finish', 'retry', 'defer', 'give_up', 'cancel'))
) partition by range (id);
create index attempts_by_delivery on attempts (delivery_id, id);
create index attempts_by_endpoint on attempts (endpoint_id, id desc);
