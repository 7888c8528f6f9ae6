-- Logins that a person approves in a browser for a program on another device (RFC 8628), and the sessions they open.

-- The device code is random and stored as SHA-256. The user code is short: a MAC, by a key that is not in the database.
-- scopes_asked are names of the program's contract, scopes ours. password_mark: SHA-256 of the password's hash when the
-- approval was given.
create table device_logins (
  id uuid primary key,
  device_hash bytea not null unique,
  user_code_mac bytea not null unique,
  client_id text not null,
  scopes_asked text[] not null,
  address text,
  network text not null,
  state text not null default 'pending',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  polled_at timestamptz,
  interval_seconds integer not null,
  user_id uuid references users (id),
  scopes text[],
  password_mark bytea,
  decided_at timestamptz,
  constraint device_hash_is_sha256 check (octet_length(device_hash) = 32),
  constraint user_code_mac_is_sha256 check (octet_length(user_code_mac) = 32),
  constraint device_login_state_is_known check (state in ('pending', 'approved', 'denied', 'consumed')),
  constraint decided_device_login_names_its_user check (
    (state = 'pending') = (user_id is null) and (state = 'pending') = (decided_at is null)
  ),
  constraint approved_device_login_has_scopes check (
    (state in ('approved', 'consumed')) = (scopes is not null) and (scopes is null) = (password_mark is null)
  )
);
create index pending_device_logins_by_network on device_logins (network, expires_at) where state = 'pending';
create index device_logins_that_end on device_logins (expires_at);

-- Of a login without a program both are null: it has all scopes of the user's role.
alter table sessions add column client_id text;
alter table sessions add column scopes text[];
alter table sessions add constraint session_of_a_client_has_scopes check ((client_id is null) = (scopes is null));
alter table sessions drop constraint session_end_reason_is_known;
alter table sessions add constraint session_end_reason_is_known check (
  end_reason in ('logout', 'password_changed', 'user_disabled', 'user_revoked', 'refresh_reused', 'revoked')
);
