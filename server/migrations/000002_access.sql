-- Access: users with roles, their sessions, the limit on password checks, and the audit log.

-- A revoked user keeps its row and its number, so that neither ever names somebody else; its e-mail address is free.
create table users (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  number integer not null,
  email text not null,
  name text not null,
  role text not null,
  password_hash text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  last_login_at timestamptz,
  disabled_at timestamptz,
  revoked_at timestamptz,
  constraint user_number_is_positive check (number > 0),
  constraint user_email_is_normalised check (email !~ '[A-Z[:space:]]' and char_length(email) between 3 and 254),
  constraint user_name_has_bounds check (char_length(name) between 1 and 256),
  constraint user_role_is_known check (role in ('admin', 'developer', 'viewer')),
  constraint revoked_user_has_no_password check (revoked_at is null or password_hash is null)
);
create unique index user_numbers_are_unique_in_their_tenant on users (tenant_id, number);
create unique index user_emails_are_unique_in_their_tenant on users (tenant_id, email) where revoked_at is null;
create index users_by_tenant on users (tenant_id, created_at desc, id desc) where revoked_at is null;

-- One login and all that came of it. A session that has ended never begins again.
create table sessions (
  id uuid primary key,
  user_id uuid not null references users (id),
  authenticated_at timestamptz not null,
  address text,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  constraint ended_session_has_a_reason check ((ended_at is null) = (end_reason is null)),
  constraint session_end_reason_is_known
    check (end_reason in ('logout', 'password_changed', 'user_disabled', 'user_revoked', 'refresh_reused'))
);
create index sessions_by_user on sessions (user_id) where ended_at is null;
create index sessions_that_end on sessions (expires_at);

-- SHA-256 of the tokens of a session. A spent refresh token stays until its session goes, so that its second use shows.
create table session_tokens (
  hash bytea primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  kind text not null,
  expires_at timestamptz not null,
  spent_at timestamptz,
  constraint session_token_hash_is_sha256 check (octet_length(hash) = 32),
  constraint session_token_kind_is_known check (kind in ('access', 'refresh')),
  constraint only_refresh_tokens_are_spent check (kind = 'refresh' or spent_at is null)
);
create index session_tokens_by_session on session_tokens (session_id);
create index access_tokens_that_end on session_tokens (expires_at) where kind = 'access';

-- Password checks begun in a window, by a keyed hash of who is checked and of where from: no text of a caller is kept.
create table password_checks (
  subject bytea primary key,
  count integer not null,
  window_ends_at timestamptz not null
);
create index password_checks_that_end on password_checks (window_ends_at);

-- The last row of each tenant's audit log. Writers take turns by its lock.
create table audit_heads (
  tenant_id uuid primary key references tenants (id),
  number bigint not null,
  mac bytea not null
);

-- What was done, by whom. mac is an HMAC over the row and the mac of the row before in the tenant (core/audit).
create table audit_log (
  tenant_id uuid not null references tenants (id),
  number bigint not null,
  at timestamptz not null,
  actor text not null,
  address text,
  request_id text,
  action text not null,
  subject text not null,
  reason text,
  before json,
  after json,
  key_id text not null,
  mac bytea not null,
  primary key (tenant_id, number),
  constraint audit_number_is_positive check (number > 0),
  constraint audit_mac_is_sha256 check (octet_length(mac) = 32)
);

-- Refuses everybody, the owner and superusers included, until they take the triggers away; what was changed then, the
-- macs show.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_rows_never_change before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_is_never_emptied before truncate on audit_log
  for each statement execute function refuse_audit_change();
