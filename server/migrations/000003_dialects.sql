-- The dialects that tenants have switched on, the hosts whose requests are theirs, and counts for long lists.

-- The sealed secret is what the dialect's callers sign their tokens with, where it has one.
create table tenant_dialects (
  tenant_id uuid not null references tenants (id),
  dialect text not null,
  secret bytea,
  encryption_key_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, dialect),
  constraint dialect_is_known check (dialect in ('selfcommunity', 'velt', 'thesignup')),
  constraint dialect_secret_names_its_key check ((secret is null) = (encryption_key_id is null))
);

-- A host names one tenant in a dialect, so that a request without credentials of its own means one tenant.
create table dialect_hosts (
  dialect text not null,
  host text not null,
  tenant_id uuid not null,
  primary key (dialect, host),
  foreign key (tenant_id, dialect) references tenant_dialects (tenant_id, dialect) on delete cascade,
  constraint dialect_host_is_normalised check (host ~ '^[a-z0-9.:\[\]-]+$' and char_length(host) <= 255)
);
create index dialect_hosts_by_tenant on dialect_hosts (tenant_id, dialect);

-- How many attempts an endpoint had on a UTC day that is over: what a list of millions counts only once. day is the
-- first id of the day; days before the oldest attempt that is kept no longer count.
create table attempt_counts (
  endpoint_id uuid not null,
  day bigint not null,
  attempts bigint not null,
  primary key (endpoint_id, day)
);
