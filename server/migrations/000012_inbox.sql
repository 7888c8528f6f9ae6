-- Publishing inside a product's own transaction, for products whose tables stand in this database. The function
-- posthorn.publish checks what the API checks and inserts one row here; once that is committed, a node takes it and
-- stores it as it stores every other publish. Nothing that others wait for is locked while the product's transaction
-- is open: no row of a tenant, an endpoint, a lane or the queue. So there are no foreign keys here.

create table inbox (
  -- The event's, drawn when it was published.
  id bigint primary key default nextval('ids'),
  tenant_id uuid not null,
  type text not null,
  channels text[],
  data bytea not null,
  published_at timestamptz not null,
  constraint inbox_data_has_bounds check (octet_length(data) between 1 and 262144),
  constraint inbox_channels_have_bounds check (cardinality(channels) <= 10)
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 50000,
  autovacuum_vacuum_cost_delay = 0
);

-- What was committed and could not be stored: its tenant was deleted meanwhile, or worse. Kept as long as events are.
create table inbox_set_aside (
  id bigint primary key,
  tenant_id uuid not null,
  type text not null,
  channels text[],
  data bytea not null,
  published_at timestamptz not null,
  problem text not null,
  detail text not null,
  set_aside_at timestamptz not null
);
create index inbox_set_aside_by_time on inbox_set_aside (set_aside_at);

-- Which roles of the database may publish, and for whom; tenant_id is null where a role may for every tenant. By name,
-- since numbers of roles differ after a restore.
create table publishing_roles (
  role_name text not null,
  tenant_id uuid references tenants (id),
  created_at timestamptz not null,
  constraint publishing_roles_are_granted_once unique nulls not distinct (role_name, tenant_id)
);

-- Keys claimed in a product's transaction are apart from those of the API: a publish over the API that met one would
-- wait for that transaction, and everything in its batch with it.
alter table publish_keys drop constraint publish_key_kind_is_known;
alter table publish_keys
  add constraint publish_key_kind_is_known check (kind in ('id', 'idempotency', 'transaction'));

-- A role that owns the tables may lack the right to make a schema; then an administrator made it beforehand.
do $$
begin
  if to_regnamespace('posthorn') is null then
    create schema posthorn;
  end if;
end
$$;

-- The checks, which need no table. `posthorn outbox sql` prints them from here, up to the line that ends them, for
-- products on another database.
--
-- posthorn.publish runs with its owner's rights. So it looks up names where no caller can put one (its own search_path,
-- and tables by their schema), reads backslashes in one way whatever the caller's session says, and nobody but the
-- owner may call the functions that it is made of. They are in plpgsql, which plans a statement once a session.
-- checks: begin
create function posthorn.refuse(state text, problem text, argument text, message text) returns void
language plpgsql
as $$
begin
  raise exception using errcode = state, message = message, detail = problem, column = argument;
end
$$;

-- A name of an object, with its escapes written in one way. One that PostgreSQL has no text for (U+0000, half of a
-- pair) stays as it is.
create function posthorn.json_name(quoted text) returns text
language plpgsql immutable
as $$
begin
  return to_json(quoted::json #>> '{}')::text;
exception when data_exception then
  return quoted;
end
$$;

-- Levels of objects and arrays inside each other, and whether a name stands twice in one object, of what is JSON. The
-- text is cut into strings and brackets; names of one object are those of one depth behind the same opening bracket.
create function posthorn.json_shape(document text, out depth integer, out repeats boolean)
language plpgsql immutable
as $$
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
$$;

-- The bytes of `data` as they are kept and sent: all but the space around it.
create function posthorn.checked_data(data text) returns bytea
language plpgsql
as $$
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
$$;

create function posthorn.check_members(type text, channels text[], idempotency_key text) returns void
language plpgsql
as $$
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
$$;
-- checks: end

-- `evt_` and the key in 11 characters of Crockford's base 32.
create function posthorn.event_id(key bigint) returns text
language plpgsql immutable
as $$
declare
  id text := '';
begin
  for place in 0..10 loop
    id := substr('0123456789abcdefghjkmnpqrstvwxyz', ((key >> (5 * place)) & 31)::integer + 1, 1) || id;
  end loop;
  return 'evt_' || id;
end
$$;

-- The UUID in a tenant's public id; null where it is none.
create function posthorn.tenant_uuid(reference text) returns uuid
language plpgsql immutable
as $$
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
$$;

-- Whether the role that logged in may publish for a tenant. The role of the session counts and not the current one:
-- inside a function with its owner's rights that is the owner. Who can act as the owner of the tables may read and write
-- them anyhow.
create function posthorn.may_publish(tenant_key uuid) returns boolean
language plpgsql stable
as $$
begin
  return exists (
      select from public.publishing_roles p join pg_roles r on r.rolname = p.role_name
      where (p.tenant_id is null or p.tenant_id = tenant_key) and pg_has_role(session_user, r.oid, 'member')
    )
    or pg_has_role(session_user, current_user, 'member');
end
$$;

-- Publishes when, and only if, the calling transaction commits. Returns the event's id. The time is the database's: no
-- node is there to say it.
create function posthorn.publish(
  tenant text, type text, data text, channels text[] default null, idempotency_key text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
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
$$;

-- json is kept as it was written; jsonb as PostgreSQL writes it.
create function posthorn.publish(
  tenant text, type text, data json, channels text[] default null, idempotency_key text default null
) returns text
language sql volatile
begin atomic
  select posthorn.publish(tenant, type, data::text, channels, idempotency_key);
end;
create function posthorn.publish(
  tenant text, type text, data jsonb, channels text[] default null, idempotency_key text default null
) returns text
language sql volatile
begin atomic
  select posthorn.publish(tenant, type, data::text, channels, idempotency_key);
end;

-- What a role needs besides its row in publishing_roles, given and taken; `posthorn publishers` calls these.
create function posthorn.let_publish(role_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('grant usage on schema posthorn to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, text, text[], text) to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, json, text[], text) to %I', role_name);
  execute format('grant execute on function posthorn.publish(text, text, jsonb, text[], text) to %I', role_name);
end
$$;
create function posthorn.forbid_publishing(role_name text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('revoke all on function posthorn.publish(text, text, text, text[], text) from %I', role_name);
  execute format('revoke all on function posthorn.publish(text, text, json, text[], text) from %I', role_name);
  execute format('revoke all on function posthorn.publish(text, text, jsonb, text[], text) from %I', role_name);
  execute format('revoke usage on schema posthorn from %I', role_name);
end
$$;

revoke all on all functions in schema posthorn from public;
