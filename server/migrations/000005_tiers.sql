-- What a contract with tiers allows a tenant: how many endpoints of its profile, how many requests a minute.
alter table tenants
  add column tier text not null default 'free',
  add constraint tenant_tier_is_known check (tier in ('free', 'pro', 'org'));
