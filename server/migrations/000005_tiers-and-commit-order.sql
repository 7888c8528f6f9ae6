-- What a contract with tiers allows a tenant: how many endpoints of its profile, how many requests a minute.
alter table tenants
  add column tier text not null default 'free',
  add constraint tenant_tier_is_known check (tier in ('free', 'pro', 'org'));

-- Ids are drawn before a commit, and commits do not come in their order: who follows events as they come reads them by
-- the transactions that stored them. Events that were there before all came in this one.
alter table events add column transaction_id xid8 not null default pg_current_xact_id();
create index events_by_commit on events (tenant_id, transaction_id);
