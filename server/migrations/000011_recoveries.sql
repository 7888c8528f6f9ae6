-- Recoveries: what failed in a range is resent at a rate. All that a recovery knows stands here, so that any node goes on
-- with it after any death.

create table recoveries (
  id uuid primary key,
  number integer generated always as identity unique,
  tenant_id uuid not null references tenants (id),
  state text not null default 'running',
  -- The filter; null: whatever it is. endpoint_ids null: all of the tenant.
  endpoint_ids uuid[],
  outcomes text[] not null,
  type text,
  class text,
  created_after timestamptz,
  created_before timestamptz,
  newest_first boolean not null,
  rate_per_second integer not null,
  -- The rate is spent up to here.
  paced_until timestamptz,
  -- Ids of deliveries from low_id on and below high_id. low_id and endpoints are null until the recovery was opened:
  -- when every transaction is over that ran when it was asked for, so that all it must see can be seen.
  low_id bigint,
  high_id bigint not null,
  endpoints integer,
  endpoints_closed integer not null default 0,
  -- How many it was to resend, by the look at its start; null where that did not see everything.
  expected integer,
  recovered bigint not null default 0,
  payloads_gone bigint not null default 0,
  started_by text not null,
  started_at timestamptz not null,
  started_in xid8 not null default pg_current_xact_id(),
  finished_at timestamptz,
  constraint recovery_state_is_known check (state in ('running', 'paused', 'finished', 'cancelled')),
  constraint ended_recovery_has_its_time check ((state in ('finished', 'cancelled')) = (finished_at is not null)),
  constraint recovery_outcomes_are_known
    check (cardinality(outcomes) > 0 and outcomes <@ array['failed', 'never_attempted']),
  constraint recovery_rate_has_bounds check (rate_per_second between 1 and 1000),
  constraint opened_recovery_has_its_range check ((low_id is null) = (endpoints is null))
);
create index recoveries_by_tenant on recoveries (tenant_id, number desc);
create index recoveries_unfinished on recoveries (tenant_id) where finished_at is null;

-- What a recovery has not looked at yet: one range of ids for each endpoint, which shrinks in the commit that resends what
-- was found there.
create table recovery_parts (
  recovery_id uuid not null references recoveries (id) on delete cascade,
  endpoint_id uuid not null,
  low_id bigint not null,
  high_id bigint not null,
  visits bigint not null default 0,
  primary key (recovery_id, endpoint_id),
  constraint recovery_part_has_a_range check (low_id < high_id)
);
