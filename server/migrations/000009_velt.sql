-- What a tenant sets for all its endpoints of one profile, the keys and tokens of dialects that name a tenant by them,
-- and the ids that callers give their endpoints.

-- enabled is null until somebody has set it. While enabled is false, or the profile is not available to the tenant,
-- its endpoints of the profile are held: no deliveries are made to them, and what waits of them is not claimed.
create table profile_settings (
  tenant_id uuid not null references tenants (id),
  profile text not null,
  available boolean not null default true,
  enabled boolean,
  encode_data boolean not null default false,
  encrypt_data boolean not null default false,
  public_key text not null default '',
  enable_data_protection boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, profile),
  constraint settings_profile_is_known check (profile in ('standard', 'selfcommunity', 'velt', 'thesignup'))
);

-- A key is no secret: it names the tenant that a request means, as a host does.
create table dialect_keys (
  dialect text not null,
  kind text not null,
  key text not null,
  tenant_id uuid not null,
  primary key (dialect, kind, key),
  unique (tenant_id, dialect, kind),
  foreign key (tenant_id, dialect) references tenant_dialects (tenant_id, dialect) on delete cascade,
  constraint dialect_key_kind_is_known check (kind in ('api', 'workspace')),
  constraint dialect_key_is_well_formed check (key ~ '^[A-Za-z0-9._-]{1,128}$')
);

-- Tokens are looked up by their hash. They are sealed besides, since the contract shows them to their owner.
create table dialect_tokens (
  id uuid primary key,
  tenant_id uuid not null,
  dialect text not null,
  kind text not null,
  name text not null,
  hash bytea not null,
  sealed bytea not null,
  encryption_key_id text not null,
  created_at timestamptz not null,
  unique (tenant_id, dialect, kind, hash),
  foreign key (tenant_id, dialect) references tenant_dialects (tenant_id, dialect) on delete cascade,
  constraint dialect_token_kind_is_known check (kind in ('api', 'workspace')),
  constraint dialect_token_hash_is_sha256 check (octet_length(hash) = 32)
);

-- The caller's own id of an endpoint.
alter table endpoints add column uid text;
alter table endpoints add constraint endpoint_uid_is_well_formed check (
  uid ~ '^[A-Za-z0-9._-]+$' and char_length(uid) <= 256
);
create unique index endpoint_uids_are_unique_in_their_tenant on endpoints (tenant_id, uid) where deleted_at is null;

-- held: paused because its tenant has switched the profile's deliveries off; active again when they are on.
alter table endpoints drop constraint endpoint_status_has_its_reason;
alter table endpoints add constraint endpoint_status_has_its_reason check (
  (status = 'active' and status_reason is null)
  or (status = 'paused' and status_reason in ('manual', 'failing', 'held'))
  or (status = 'disabled' and status_reason in ('manual', 'gone', 'failing'))
);
