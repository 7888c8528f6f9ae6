-- The schema that the migrations lead to. Made by scripts/dump-schema.ts; never edited by hand.

create sequence ids as bigint minvalue 1 maxvalue 9007199254740991 increment 1 cache 1;

create table api_keys (
  id uuid not null,
  tenant_id uuid not null,
  name text not null,
  hash bytea not null,
  hint text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint api_key_has_a_scope CHECK ((cardinality(scopes) > 0)),
  constraint api_key_hash_is_sha256 CHECK ((octet_length(hash) = 32))
);
CREATE INDEX api_keys_by_tenant ON public.api_keys USING btree (tenant_id, created_at DESC);
CREATE UNIQUE INDEX api_keys_hash_is_unique ON public.api_keys USING btree (hash);

create table attempt_counts (
  endpoint_id uuid not null,
  day bigint not null,
  attempts bigint not null,
  constraint attempt_counts_pkey PRIMARY KEY (endpoint_id, day)
);

create table attempts (
  id bigint not null,
  delivery_id bigint not null,
  event_id bigint not null,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  run integer not null,
  number integer not null,
  source text not null,
  started_at timestamp with time zone not null,
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
  next_at timestamp with time zone,
  constraint attempts_pkey PRIMARY KEY (id),
  constraint attempt_decision_is_known CHECK ((decision = ANY (ARRAY['finish'::text, 'retry'::text, 'defer'::text, 'give_up'::text, 'cancel'::text]))),
  constraint attempt_outcome_is_known CHECK ((outcome = ANY (ARRAY['accepted'::text, 'rejected'::text, 'timed_out'::text, 'unreachable'::text, 'blocked'::text]))),
  constraint failed_attempt_has_a_class CHECK (((outcome = 'accepted'::text) = (class IS NULL)))
) partition by range (id);
CREATE INDEX attempts_by_delivery ON ONLY public.attempts USING btree (delivery_id, id);
CREATE INDEX attempts_by_endpoint ON ONLY public.attempts USING btree (endpoint_id, id DESC);

create table audit_heads (
  tenant_id uuid not null,
  number bigint not null,
  mac bytea not null,
  constraint audit_heads_pkey PRIMARY KEY (tenant_id),
  constraint audit_heads_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);

create table audit_log (
  tenant_id uuid not null,
  number bigint not null,
  at timestamp with time zone not null,
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
  constraint audit_log_pkey PRIMARY KEY (tenant_id, number),
  constraint audit_log_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint audit_mac_is_sha256 CHECK ((octet_length(mac) = 32)),
  constraint audit_number_is_positive CHECK ((number > 0))
);

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
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone not null,
  last_attempt_at timestamp with time zone,
  last_class text,
  last_status integer,
  constraint deliveries_pkey PRIMARY KEY (id),
  constraint cancelled_delivery_has_a_reason CHECK (((state <> 'cancelled'::text) OR (reason IS NOT NULL))),
  constraint delivery_state_is_final CHECK ((state = ANY (ARRAY['succeeded'::text, 'exhausted'::text, 'cancelled'::text])))
) partition by range (id);
CREATE INDEX deliveries_by_endpoint ON ONLY public.deliveries USING btree (endpoint_id, id DESC);
CREATE INDEX deliveries_by_event ON ONLY public.deliveries USING btree (event_id);
CREATE INDEX deliveries_by_tenant ON ONLY public.deliveries USING btree (tenant_id, id DESC);

create table device_logins (
  id uuid not null,
  device_hash bytea not null,
  user_code_mac bytea not null,
  client_id text not null,
  scopes_asked text[] not null,
  address text,
  network text not null,
  state text not null default 'pending'::text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  polled_at timestamp with time zone,
  interval_seconds integer not null,
  user_id uuid,
  scopes text[],
  password_mark bytea,
  decided_at timestamp with time zone,
  constraint device_logins_pkey PRIMARY KEY (id),
  constraint device_logins_device_hash_key UNIQUE (device_hash),
  constraint device_logins_user_code_mac_key UNIQUE (user_code_mac),
  constraint device_logins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  constraint approved_device_login_has_scopes CHECK ((((state = ANY (ARRAY['approved'::text, 'consumed'::text])) = (scopes IS NOT NULL)) AND ((scopes IS NULL) = (password_mark IS NULL)))),
  constraint decided_device_login_names_its_user CHECK ((((state = 'pending'::text) = (user_id IS NULL)) AND ((state = 'pending'::text) = (decided_at IS NULL)))),
  constraint device_hash_is_sha256 CHECK ((octet_length(device_hash) = 32)),
  constraint device_login_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'denied'::text, 'consumed'::text]))),
  constraint user_code_mac_is_sha256 CHECK ((octet_length(user_code_mac) = 32))
);
CREATE INDEX device_logins_that_end ON public.device_logins USING btree (expires_at);
CREATE INDEX pending_device_logins_by_network ON public.device_logins USING btree (network, expires_at) WHERE (state = 'pending'::text);

create table dialect_hosts (
  dialect text not null,
  host text not null,
  tenant_id uuid not null,
  constraint dialect_hosts_pkey PRIMARY KEY (dialect, host),
  constraint dialect_hosts_tenant_id_dialect_fkey FOREIGN KEY (tenant_id, dialect) REFERENCES tenant_dialects(tenant_id, dialect) ON DELETE CASCADE,
  constraint dialect_host_is_normalised CHECK (((host ~ '^[a-z0-9.:\[\]-]+$'::text) AND (char_length(host) <= 255)))
);
CREATE INDEX dialect_hosts_by_tenant ON public.dialect_hosts USING btree (tenant_id, dialect);

create table dialect_keys (
  dialect text not null,
  kind text not null,
  key text not null,
  tenant_id uuid not null,
  constraint dialect_keys_pkey PRIMARY KEY (dialect, kind, key),
  constraint dialect_keys_tenant_id_dialect_fkey FOREIGN KEY (tenant_id, dialect) REFERENCES tenant_dialects(tenant_id, dialect) ON DELETE CASCADE,
  constraint dialect_keys_tenant_id_dialect_kind_key UNIQUE (tenant_id, dialect, kind),
  constraint dialect_key_is_well_formed CHECK ((key ~ '^[A-Za-z0-9._-]{1,128}$'::text)),
  constraint dialect_key_kind_is_known CHECK ((kind = ANY (ARRAY['api'::text, 'workspace'::text])))
);

create table dialect_tokens (
  id uuid not null,
  tenant_id uuid not null,
  dialect text not null,
  kind text not null,
  name text not null,
  hash bytea not null,
  sealed bytea not null,
  encryption_key_id text not null,
  created_at timestamp with time zone not null,
  constraint dialect_tokens_pkey PRIMARY KEY (id),
  constraint dialect_tokens_tenant_id_dialect_fkey FOREIGN KEY (tenant_id, dialect) REFERENCES tenant_dialects(tenant_id, dialect) ON DELETE CASCADE,
  constraint dialect_tokens_tenant_id_dialect_kind_hash_key UNIQUE (tenant_id, dialect, kind, hash),
  constraint dialect_token_hash_is_sha256 CHECK ((octet_length(hash) = 32)),
  constraint dialect_token_kind_is_known CHECK ((kind = ANY (ARRAY['api'::text, 'workspace'::text])))
);

create table endpoint_health (
  endpoint_id uuid not null,
  failing_since timestamp with time zone,
  consecutive_failures integer not null default 0,
  failed_deliveries integer not null default 0,
  warned_at timestamp with time zone,
  last_success_at timestamp with time zone,
  last_failure_at timestamp with time zone,
  constraint endpoint_health_pkey PRIMARY KEY (endpoint_id)
);

create table endpoints (
  id uuid not null,
  number integer generated always as identity not null,
  tenant_id uuid not null,
  url text not null,
  credentials bytea,
  description text not null default ''::text,
  status text not null default 'active'::text,
  status_reason text,
  status_changed_at timestamp with time zone not null,
  event_types text[],
  event_types_added_at timestamp with time zone[],
  route_keys text[] not null,
  channels text[],
  profile text not null,
  envelope text not null default 'wrapped'::text,
  headers bytea,
  header_names text[] not null default '{}'::text[],
  encryption_key_id text,
  rate_limit_per_second integer,
  max_in_flight integer,
  timeout_ms integer,
  retry_waits integer[],
  verify_tls boolean not null default true,
  metadata jsonb not null default '{}'::jsonb,
  version bigint not null default 1,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  signature text not null default 'hmac'::text,
  uid text,
  constraint endpoints_pkey PRIMARY KEY (id),
  constraint endpoints_number_key UNIQUE (number),
  constraint endpoints_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint disabled_endpoint_has_no_routes CHECK ((((status <> 'disabled'::text) AND (deleted_at IS NULL)) OR (cardinality(route_keys) = 0))),
  constraint encrypted_parts_name_their_key CHECK ((((credentials IS NULL) AND (headers IS NULL)) OR (encryption_key_id IS NOT NULL))),
  constraint endpoint_envelope_is_known CHECK ((envelope = ANY (ARRAY['wrapped'::text, 'none'::text]))),
  constraint endpoint_profile_is_known CHECK ((profile = ANY (ARRAY['standard'::text, 'selfcommunity'::text, 'velt'::text, 'thesignup'::text]))),
  constraint endpoint_signature_is_known CHECK ((signature = ANY (ARRAY['hmac'::text, 'ed25519'::text]))),
  constraint endpoint_status_has_its_reason CHECK ((((status = 'active'::text) AND (status_reason IS NULL)) OR ((status = 'paused'::text) AND (status_reason = ANY (ARRAY['manual'::text, 'failing'::text, 'held'::text]))) OR ((status = 'disabled'::text) AND (status_reason = ANY (ARRAY['manual'::text, 'gone'::text, 'failing'::text]))))),
  constraint endpoint_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text]))),
  constraint endpoint_uid_is_well_formed CHECK (((uid ~ '^[A-Za-z0-9._-]+$'::text) AND (char_length(uid) <= 256))),
  constraint event_types_keep_their_times CHECK ((((event_types IS NULL) = (event_types_added_at IS NULL)) AND COALESCE((cardinality(event_types) = cardinality(event_types_added_at)), true))),
  constraint max_in_flight_has_bounds CHECK (((max_in_flight >= 1) AND (max_in_flight <= 1000))),
  constraint only_standard_endpoints_sign_by_ed25519 CHECK (((signature = 'hmac'::text) OR (profile = 'standard'::text))),
  constraint rate_limit_is_positive CHECK (((rate_limit_per_second >= 1) AND (rate_limit_per_second <= 100000))),
  constraint retry_waits_have_bounds CHECK ((cardinality(retry_waits) <= 50)),
  constraint timeout_has_bounds CHECK (((timeout_ms >= 1000) AND (timeout_ms <= 60000)))
);
CREATE INDEX ed25519_endpoints ON public.endpoints USING btree (tenant_id, number) WHERE ((signature = 'ed25519'::text) AND (deleted_at IS NULL));
CREATE UNIQUE INDEX endpoint_uids_are_unique_in_their_tenant ON public.endpoints USING btree (tenant_id, uid) WHERE (deleted_at IS NULL);
CREATE INDEX endpoints_by_route ON public.endpoints USING gin (route_keys) WITH (fastupdate=off);
CREATE INDEX endpoints_by_tenant ON public.endpoints USING btree (tenant_id, number DESC) WHERE (deleted_at IS NULL);

create table event_types (
  tenant_id uuid not null,
  name text not null,
  description text not null default ''::text,
  example text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  deprecated_at timestamp with time zone,
  constraint event_types_pkey PRIMARY KEY (tenant_id, name),
  constraint event_types_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint event_type_name_is_well_formed CHECK (((name ~ '^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$'::text) AND (char_length(name) <= 128)))
);

create table events (
  id bigint not null,
  tenant_id uuid not null,
  type text not null,
  channels text[],
  key text,
  source text not null default 'publish'::text,
  data bytea not null,
  deliveries integer not null,
  created_at timestamp with time zone not null,
  transaction_id xid8 not null default pg_current_xact_id(),
  traceparent text,
  constraint events_pkey PRIMARY KEY (id),
  constraint event_source_is_known CHECK ((source = ANY (ARRAY['publish'::text, 'test'::text, 'probe'::text, 'operational'::text]))),
  constraint traceparent_is_one CHECK ((traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'::text))
) partition by range (id);
CREATE INDEX events_by_commit ON ONLY public.events USING btree (tenant_id, transaction_id);
CREATE INDEX events_by_tenant ON ONLY public.events USING btree (tenant_id, id DESC);

create table idempotent_answers (
  scope text not null,
  key text not null,
  fingerprint bytea not null,
  status integer,
  headers jsonb,
  sealed bytea,
  encryption_key_id text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint idempotent_answers_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX idempotent_answers_that_end ON public.idempotent_answers USING btree (expires_at);

create table inbox (
  id bigint not null default nextval('ids'::regclass),
  tenant_id uuid not null,
  type text not null,
  channels text[],
  data bytea not null,
  published_at timestamp with time zone not null,
  constraint inbox_pkey PRIMARY KEY (id),
  constraint inbox_channels_have_bounds CHECK ((cardinality(channels) <= 10)),
  constraint inbox_data_has_bounds CHECK (((octet_length(data) >= 1) AND (octet_length(data) <= 262144)))
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=10000, autovacuum_vacuum_insert_scale_factor=0, autovacuum_vacuum_insert_threshold=100000, autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=50000, autovacuum_vacuum_cost_delay=0);

create table inbox_set_aside (
  id bigint not null,
  tenant_id uuid not null,
  type text not null,
  channels text[],
  data bytea not null,
  published_at timestamp with time zone not null,
  problem text not null,
  detail text not null,
  set_aside_at timestamp with time zone not null,
  constraint inbox_set_aside_pkey PRIMARY KEY (id)
);
CREATE INDEX inbox_set_aside_by_time ON public.inbox_set_aside USING btree (set_aside_at);

create table instance (
  single boolean not null default true,
  made_by text not null,
  made_at timestamp with time zone not null,
  constraint instance_pkey PRIMARY KEY (single),
  constraint instance_maker_is_known CHECK ((made_by = ANY (ARRAY['dev'::text, 'serve'::text]))),
  constraint there_is_one_instance CHECK (single)
);

create table lanes (
  endpoint_id uuid not null,
  next_turn_at timestamp with time zone not null,
  parked_until timestamp with time zone,
  capped boolean not null default false,
  paced_until timestamp with time zone,
  constraint lanes_pkey PRIMARY KEY (endpoint_id)
) with (fillfactor=50, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000, autovacuum_vacuum_cost_delay=0);
CREATE INDEX lanes_by_turn ON public.lanes USING btree (next_turn_at);

create table migrations (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone not null,
  constraint migrations_pkey PRIMARY KEY (number)
);

create table nodes (
  id integer generated always as identity not null,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  dispatches boolean not null default true,
  cap_divisor integer,
  constraint nodes_pkey PRIMARY KEY (id),
  constraint cap_divisor_is_positive CHECK ((cap_divisor > 0))
);

create table password_checks (
  subject bytea not null,
  count integer not null,
  window_ends_at timestamp with time zone not null,
  constraint password_checks_pkey PRIMARY KEY (subject)
);
CREATE INDEX password_checks_that_end ON public.password_checks USING btree (window_ends_at);

create table profile_settings (
  tenant_id uuid not null,
  profile text not null,
  available boolean not null default true,
  enabled boolean,
  encode_data boolean not null default false,
  encrypt_data boolean not null default false,
  public_key text not null default ''::text,
  enable_data_protection boolean not null default false,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint profile_settings_pkey PRIMARY KEY (tenant_id, profile),
  constraint profile_settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint settings_profile_is_known CHECK ((profile = ANY (ARRAY['standard'::text, 'selfcommunity'::text, 'velt'::text, 'thesignup'::text])))
);

create table publish_keys (
  tenant_id uuid not null,
  kind text not null,
  key text not null,
  fingerprint bytea not null,
  first_event_id bigint not null,
  answer jsonb not null,
  expires_at timestamp with time zone not null,
  constraint publish_keys_pkey PRIMARY KEY (tenant_id, kind, key),
  constraint publish_key_kind_is_known CHECK ((kind = ANY (ARRAY['id'::text, 'idempotency'::text, 'transaction'::text])))
);
CREATE INDEX publish_keys_that_end ON public.publish_keys USING btree (expires_at);

create table publishing_roles (
  role_name text not null,
  tenant_id uuid,
  created_at timestamp with time zone not null,
  constraint publishing_roles_are_granted_once UNIQUE NULLS NOT DISTINCT (role_name, tenant_id),
  constraint publishing_roles_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id)
);

create table queue (
  delivery_id bigint not null,
  event_id bigint not null,
  tenant_id uuid not null,
  endpoint_id uuid not null,
  type text not null,
  source text not null,
  run integer not null default 1,
  attempts integer not null default 0,
  deferrals integer not null default 0,
  due_at timestamp with time zone not null,
  lease bigint,
  created_at timestamp with time zone not null,
  run_started_at timestamp with time zone not null,
  last_attempt_at timestamp with time zone,
  last_class text,
  last_status integer,
  constraint queue_pkey PRIMARY KEY (delivery_id),
  constraint delivery_source_is_known CHECK ((source = ANY (ARRAY['publish'::text, 'resend'::text, 'test'::text, 'probe'::text, 'operational'::text])))
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=10000, autovacuum_vacuum_insert_scale_factor=0, autovacuum_vacuum_insert_threshold=100000, autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=50000, autovacuum_vacuum_cost_delay=0);
CREATE INDEX queue_by_tenant ON public.queue USING btree (tenant_id, delivery_id DESC);
CREATE INDEX queue_due ON public.queue USING btree (endpoint_id, due_at, delivery_id) WHERE (lease IS NULL);
CREATE INDEX queue_in_flight ON public.queue USING btree (endpoint_id) WHERE (lease IS NOT NULL);

create table receiver_checks (
  endpoint_id uuid not null,
  checked_at timestamp with time zone not null,
  constraint receiver_checks_pkey PRIMARY KEY (endpoint_id),
  constraint receiver_checks_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES endpoints(id)
);

create table recoveries (
  id uuid not null,
  number integer generated always as identity not null,
  tenant_id uuid not null,
  state text not null default 'running'::text,
  endpoint_ids uuid[],
  outcomes text[] not null,
  type text,
  class text,
  created_after timestamp with time zone,
  created_before timestamp with time zone,
  newest_first boolean not null,
  rate_per_second integer not null,
  paced_until timestamp with time zone,
  low_id bigint,
  high_id bigint not null,
  endpoints integer,
  endpoints_closed integer not null default 0,
  expected integer,
  recovered bigint not null default 0,
  payloads_gone bigint not null default 0,
  started_by text not null,
  started_at timestamp with time zone not null,
  started_in xid8 not null default pg_current_xact_id(),
  finished_at timestamp with time zone,
  constraint recoveries_pkey PRIMARY KEY (id),
  constraint recoveries_number_key UNIQUE (number),
  constraint recoveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint ended_recovery_has_its_time CHECK (((state = ANY (ARRAY['finished'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
  constraint opened_recovery_has_its_range CHECK (((low_id IS NULL) = (endpoints IS NULL))),
  constraint recovery_outcomes_are_known CHECK (((cardinality(outcomes) > 0) AND (outcomes <@ ARRAY['failed'::text, 'never_attempted'::text]))),
  constraint recovery_rate_has_bounds CHECK (((rate_per_second >= 1) AND (rate_per_second <= 1000))),
  constraint recovery_state_is_known CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'finished'::text, 'cancelled'::text])))
);
CREATE INDEX recoveries_by_tenant ON public.recoveries USING btree (tenant_id, number DESC);
CREATE INDEX recoveries_unfinished ON public.recoveries USING btree (tenant_id) WHERE (finished_at IS NULL);

create table recovery_parts (
  recovery_id uuid not null,
  endpoint_id uuid not null,
  low_id bigint not null,
  high_id bigint not null,
  visits bigint not null default 0,
  constraint recovery_parts_pkey PRIMARY KEY (recovery_id, endpoint_id),
  constraint recovery_parts_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recoveries(id) ON DELETE CASCADE,
  constraint recovery_part_has_a_range CHECK ((low_id < high_id))
);

create table secret_versions (
  endpoint_id uuid not null,
  number integer not null,
  state text not null,
  scheme text not null,
  fingerprint text not null,
  sealed bytea,
  encryption_key_id text,
  created_by text not null,
  created_at timestamp with time zone not null,
  activated_at timestamp with time zone,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  public_key bytea,
  planned_end_at timestamp with time zone,
  constraint secret_versions_pkey PRIMARY KEY (endpoint_id, number),
  constraint secret_versions_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES endpoints(id),
  constraint ed25519_secret_has_its_public_key CHECK (((scheme = 'ed25519'::text) = (public_key IS NOT NULL))),
  constraint expired_secret_has_no_value CHECK (((state = 'expired'::text) = (sealed IS NULL))),
  constraint held_secret_retires CHECK (((planned_end_at IS NULL) OR (state = ANY (ARRAY['retiring'::text, 'expired'::text])))),
  constraint public_key_has_32_bytes CHECK ((octet_length(public_key) = 32)),
  constraint retiring_secret_has_an_end CHECK (((state <> 'retiring'::text) OR (expires_at IS NOT NULL))),
  constraint sealed_secret_names_its_key CHECK (((sealed IS NULL) OR (encryption_key_id IS NOT NULL))),
  constraint secret_state_is_known CHECK ((state = ANY (ARRAY['staged'::text, 'active'::text, 'retiring'::text, 'expired'::text])))
);
CREATE UNIQUE INDEX one_active_secret_an_endpoint ON public.secret_versions USING btree (endpoint_id) WHERE (state = 'active'::text);
CREATE UNIQUE INDEX one_staged_secret_an_endpoint ON public.secret_versions USING btree (endpoint_id) WHERE (state = 'staged'::text);
CREATE INDEX secrets_that_end ON public.secret_versions USING btree (expires_at) WHERE (state = 'retiring'::text);

create table session_tokens (
  hash bytea not null,
  session_id uuid not null,
  kind text not null,
  expires_at timestamp with time zone not null,
  spent_at timestamp with time zone,
  constraint session_tokens_pkey PRIMARY KEY (hash),
  constraint session_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE,
  constraint only_refresh_tokens_are_spent CHECK (((kind = 'refresh'::text) OR (spent_at IS NULL))),
  constraint session_token_hash_is_sha256 CHECK ((octet_length(hash) = 32)),
  constraint session_token_kind_is_known CHECK ((kind = ANY (ARRAY['access'::text, 'refresh'::text])))
);
CREATE INDEX access_tokens_that_end ON public.session_tokens USING btree (expires_at) WHERE (kind = 'access'::text);
CREATE INDEX session_tokens_by_session ON public.session_tokens USING btree (session_id);

create table sessions (
  id uuid not null,
  user_id uuid not null,
  authenticated_at timestamp with time zone not null,
  address text,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  end_reason text,
  client_id text,
  scopes text[],
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  constraint ended_session_has_a_reason CHECK (((ended_at IS NULL) = (end_reason IS NULL))),
  constraint session_end_reason_is_known CHECK ((end_reason = ANY (ARRAY['logout'::text, 'password_changed'::text, 'user_disabled'::text, 'user_revoked'::text, 'refresh_reused'::text, 'revoked'::text]))),
  constraint session_of_a_client_has_scopes CHECK (((client_id IS NULL) = (scopes IS NULL)))
);
CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id) WHERE (ended_at IS NULL);
CREATE INDEX sessions_that_end ON public.sessions USING btree (expires_at);

create table tenant_dialects (
  tenant_id uuid not null,
  dialect text not null,
  secret bytea,
  encryption_key_id text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint tenant_dialects_pkey PRIMARY KEY (tenant_id, dialect),
  constraint tenant_dialects_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint dialect_is_known CHECK ((dialect = ANY (ARRAY['selfcommunity'::text, 'velt'::text, 'thesignup'::text]))),
  constraint dialect_secret_names_its_key CHECK (((secret IS NULL) = (encryption_key_id IS NULL)))
);

create table tenants (
  id uuid not null,
  number integer generated always as identity not null,
  slug text not null,
  name text not null,
  metadata jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  tier text not null default 'free'::text,
  constraint tenants_pkey PRIMARY KEY (id),
  constraint tenants_number_key UNIQUE (number),
  constraint tenant_name_has_bounds CHECK (((char_length(name) >= 1) AND (char_length(name) <= 256))),
  constraint tenant_slug_is_well_formed CHECK ((slug ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)),
  constraint tenant_tier_is_known CHECK ((tier = ANY (ARRAY['free'::text, 'pro'::text, 'org'::text])))
);
CREATE UNIQUE INDEX tenants_slug_is_unique ON public.tenants USING btree (slug) WHERE (deleted_at IS NULL);

create table turn_requests (
  id bigint generated always as identity not null,
  endpoint_ids uuid[] not null,
  constraint turn_requests_pkey PRIMARY KEY (id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000, autovacuum_vacuum_insert_threshold=-1, autovacuum_vacuum_cost_delay=0);

create table users (
  id uuid not null,
  tenant_id uuid not null,
  number integer not null,
  email text not null,
  name text not null,
  role text not null,
  password_hash text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  last_login_at timestamp with time zone,
  disabled_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id),
  constraint revoked_user_has_no_password CHECK (((revoked_at IS NULL) OR (password_hash IS NULL))),
  constraint user_email_is_normalised CHECK (((email !~ '[A-Z[:space:]]'::text) AND ((char_length(email) >= 3) AND (char_length(email) <= 254)))),
  constraint user_name_has_bounds CHECK (((char_length(name) >= 1) AND (char_length(name) <= 256))),
  constraint user_number_is_positive CHECK ((number > 0)),
  constraint user_role_is_known CHECK ((role = ANY (ARRAY['admin'::text, 'developer'::text, 'viewer'::text])))
);
CREATE UNIQUE INDEX user_emails_are_unique_in_their_tenant ON public.users USING btree (tenant_id, email) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX user_numbers_are_unique_in_their_tenant ON public.users USING btree (tenant_id, number);
CREATE INDEX users_by_tenant ON public.users USING btree (tenant_id, created_at DESC, id DESC) WHERE (revoked_at IS NULL);

create schema posthorn;

CREATE OR REPLACE FUNCTION posthorn.check_members(type text, channels text[], idempotency_key text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if type is null then
    perform posthorn.refuse('PH005', 'missing_member', 'type', 'type is missing: the event type, such as invoice.paid.');
  end if;
  if length(type) > 128 or type collate "C" !~ '^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$' then
    perform posthorn.refuse('PH005', 'type_malformed', 'type',
      'type must be 1 to 128 letters, digits, _ and - in parts joined by full stops, such as invoice.paid.');
  end if;
  if channels is not null then
    if cardinality(channels) > 10 then
      perform posthorn.refuse('PH005', 'too_many_channels', 'channels', 'channels holds at most 10.');
    end if;
    if exists (
      select from unnest(channels) as c (name)
      where name is null or length(name) > 128 or name collate "C" !~ '^[A-Za-z0-9_.-]+$'
    ) then
      perform posthorn.refuse('PH005', 'channel_malformed', 'channels',
        'A channel must be 1 to 128 letters, digits, -, _ and full stops.');
    end if;
    if (select count(*) > count(distinct name) from unnest(channels) as c (name)) then
      perform posthorn.refuse('PH005', 'repeated_channel', 'channels', 'A channel is in the list twice.');
    end if;
  end if;
  if length(idempotency_key) > 200 or idempotency_key collate "C" !~ '^[ -~]+$' then
    perform posthorn.refuse('PH005', 'idempotency_key_malformed', 'idempotency_key',
      'idempotency_key must be 1 to 200 printable ASCII characters.');
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.checked_data(data text)
 RETURNS bytea
 LANGUAGE plpgsql
AS $function$
declare
  span text := btrim(data, E' \t\n\r');
  bytes bytea := convert_to(span, 'UTF8');
  shape record;
begin
  if data is null then
    perform posthorn.refuse('PH005', 'missing_member', 'data', 'data is missing: the event''s body, any JSON value.');
  end if;
  if octet_length(bytes) > 262144 then
    perform posthorn.refuse('PH003', 'data_too_large', 'data', 'data must be at most 262144 bytes.');
  end if;
  -- Before PostgreSQL reads it, by calling itself once a level. Of what is no JSON the levels are those of its brackets.
  shape := posthorn.json_shape(span);
  if shape.depth > 100 then
    perform posthorn.refuse('PH005', 'nested_too_deeply', 'data', 'data is nested more than 100 levels deep.');
  end if;
  begin
    perform span::json;
  exception when data_exception then
    perform posthorn.refuse('PH005', 'malformed_json', 'data', 'data is not JSON.');
  end;
  if shape.repeats then
    perform posthorn.refuse('PH005', 'duplicate_member', 'data', 'An object in data has a member twice; names must differ.');
  end if;
  return bytes;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.event_id(key bigint)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  id text := '';
begin
  for place in 0..10 loop
    id := substr('0123456789abcdefghjkmnpqrstvwxyz', ((key >> (5 * place)) & 31)::integer + 1, 1) || id;
  end loop;
  return 'evt_' || id;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.forbid_publishing(role_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  execute format('revoke all on function posthorn.publish(text, text, text, text[], text) from %I', role_name);
  execute format('revoke all on function posthorn.publish(text, text, json, text[], text) from %I', role_name);
  execute format('revoke all on function posthorn.publish(text, text, jsonb, text[], text) from %I', role_name);
  execute format('revoke usage on schema posthorn from %I', role_name);
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.json_name(quoted text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  return to_json(quoted::json #>> '{}')::text;
exception when data_exception then
  return quoted;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.json_shape(document text, OUT depth integer, OUT repeats boolean)
 RETURNS record
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
#variable_conflict use_column
begin
  with token as materialized (
    select t.no, t.found[1] as text
    from regexp_matches(document, '"(?:[^"\\]|\\.)*"[ \t\n\r]*:?|[][{}]', 'g') with ordinality as t (found, no)
  ),
  placed as materialized (
    select no, text,
      sum(case when text in ('{', '[') then 1 when text in ('}', ']') then -1 else 0 end) over (order by no) as depth
    from token
    where length(text) = 1 or right(text, 1) = ':'
  ),
  grouped as (
    select text, p.depth, count(*) filter (where text in ('{', '[')) over (partition by p.depth order by no) as object
    from placed p
  ),
  name as (
    select case
        when strpos(text, '\') = 0 then rtrim(text, E': \t\n\r')
        else posthorn.json_name(rtrim(text, E': \t\n\r'))
      end as text, g.depth, g.object
    from grouped g
    where length(text) > 1
  )
  select coalesce((select max(p.depth) from placed p), 0)::integer,
    exists (select from name n group by n.depth, n.object, n.text having count(*) > 1)
  into depth, repeats;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.let_publish(role_name text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  execute format('grant usage on schema posthorn to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, text, text[], text) to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, json, text[], text) to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, jsonb, text[], text) to %I', role_name);
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.may_publish(tenant_key uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return exists (
      select from public.publishing_roles p join pg_roles r on r.rolname = p.role_name
      where (p.tenant_id is null or p.tenant_id = tenant_key) and pg_has_role(session_user, r.oid, 'member')
    )
    or pg_has_role(session_user, current_user, 'member');
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.publish(tenant text, type text, data json, channels text[] DEFAULT NULL::text[], idempotency_key text DEFAULT NULL::text)
 RETURNS text
 LANGUAGE sql
BEGIN ATOMIC
 SELECT posthorn.publish(tenant, type, (data)::text, channels, idempotency_key) AS publish;
END;

CREATE OR REPLACE FUNCTION posthorn.publish(tenant text, type text, data jsonb, channels text[] DEFAULT NULL::text[], idempotency_key text DEFAULT NULL::text)
 RETURNS text
 LANGUAGE sql
BEGIN ATOMIC
 SELECT posthorn.publish(tenant, type, (data)::text, channels, idempotency_key) AS publish;
END;

CREATE OR REPLACE FUNCTION posthorn.publish(tenant text, type text, data text, channels text[] DEFAULT NULL::text[], idempotency_key text DEFAULT NULL::text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
declare
  bytes bytea := posthorn.checked_data(data);
  published timestamptz := clock_timestamp();
  tenant_key uuid;
  event_key bigint;
  print bytea;
begin
  perform posthorn.check_members(type, channels, idempotency_key);
  if starts_with(tenant, 'ten_') then
    select t.id into tenant_key from public.tenants t
    where t.id = posthorn.tenant_uuid(tenant) and t.deleted_at is null;
  else
    select t.id into tenant_key from public.tenants t where t.slug = tenant and t.deleted_at is null;
  end if;
  if tenant_key is null or not posthorn.may_publish(tenant_key) then
    perform posthorn.refuse('PH001', 'not_found', 'tenant',
      'There is no such tenant, or the role ' || quote_ident(session_user) || ' may not publish for it.');
  end if;
  if not exists (select from public.event_types y where y.tenant_id = tenant_key and y.name = type) then
    perform posthorn.refuse('PH002', 'event_type_unknown', 'type',
      'The event type ' || type || ' is not registered with this tenant.');
  end if;

  event_key := nextval('public.ids');
  if idempotency_key is not null then
    print := sha256(convert_to(type || ' ' || coalesce(array_to_string(channels, ' '), '') || E'\n', 'UTF8') || bytes);
    -- The index decides, never a read before: whoever meets the key of a transaction that is open waits for its end.
    insert into public.publish_keys as k (tenant_id, kind, key, fingerprint, first_event_id, answer, expires_at)
    values (tenant_key, 'transaction', idempotency_key, print, event_key, '[]', published + interval '24 hours')
    on conflict (tenant_id, kind, key) do update set fingerprint = excluded.fingerprint,
      first_event_id = excluded.first_event_id, expires_at = excluded.expires_at
    where k.expires_at <= published;
    if not found then
      select k.first_event_id into event_key from public.publish_keys k
      where k.tenant_id = tenant_key and k.kind = 'transaction' and k.key = idempotency_key and k.fingerprint = print;
      if not found then
        perform posthorn.refuse('PH004', 'idempotency_key_reused', 'idempotency_key',
          'This idempotency_key was used for another event within 24 hours.');
      end if;
      return posthorn.event_id(event_key);
    end if;
  end if;
  insert into public.inbox (id, tenant_id, type, channels, data, published_at)
  values (event_key, tenant_key, publish.type, publish.channels, bytes, published);
  return posthorn.event_id(event_key);
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.refuse(state text, problem text, argument text, message text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  raise exception using errcode = state, message = message, detail = problem, column = argument;
end
$function$;

CREATE OR REPLACE FUNCTION posthorn.tenant_uuid(reference text)
 RETURNS uuid
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  bits text := '';
  hex text := '';
begin
  if reference collate "C" !~ '^ten_[0-7][0-9a-hjkmnp-tv-z]{25}$' then
    return null;
  end if;
  for place in 5..30 loop
    bits := bits || (strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(reference, place, 1)) - 1)::bit(5)::text;
  end loop;
  for place in 0..31 loop
    hex := hex || to_hex(substr(bits, 3 + 4 * place, 4)::bit(4)::integer);
  end loop;
  return hex::uuid;
end
$function$;

CREATE OR REPLACE FUNCTION public.leased_anywhere()
 RETURNS TABLE(delivery_id bigint, lease bigint)
 LANGUAGE plpgsql
 STABLE
 SET enable_bitmapscan TO 'off'
AS $function$
begin
  return query select q.delivery_id, q.lease from queue q where q.lease is not null;
end
$function$;

CREATE OR REPLACE FUNCTION public.leased_by_node(endpoint uuid, node bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE STRICT
 SET enable_bitmapscan TO 'off'
AS $function$
begin
  return (
    select count(*) from queue q where q.endpoint_id = endpoint and q.lease is not null and q.lease >> 32 = node
  );
end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$function$;

CREATE TRIGGER audit_log_is_never_emptied BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_rows_never_change BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
