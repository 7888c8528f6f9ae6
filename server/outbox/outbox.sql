
-- What was published and not relayed yet. What Posthorn refused for good stays, with why, and is passed over.
create table posthorn.outbox (
  number bigint generated always as identity primary key,
  -- The publisher's own id of the event at Posthorn: as long as Posthorn keeps the event, it takes it once.
  id text not null,
  tenant text not null,
  type text not null,
  channels text[],
  data bytea not null,
  published_at timestamptz not null default clock_timestamp(),
  set_aside_at timestamptz,
  problem text,
  detail text,
  constraint outbox_id_is_unique unique (id),
  constraint set_aside_has_a_problem check ((set_aside_at is null) = (problem is null))
);
create index outbox_waiting on posthorn.outbox (number) where set_aside_at is null;

create function posthorn.publish(
  tenant text, type text, data text, channels text[] default null, idempotency_key text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set standard_conforming_strings = on
as $$
declare
  bytes bytea := posthorn.checked_data(data);
  event_id text := 'obx_' || replace(gen_random_uuid()::text, '-', '');
begin
  perform posthorn.check_members(type, channels, idempotency_key);
  if tenant is null or tenant collate "C" !~ '^[a-z0-9][a-z0-9_-]{0,63}$' then
    perform posthorn.refuse('PH001', 'not_found', 'tenant', 'This is neither the id of a tenant nor a slug.');
  end if;
  if idempotency_key is not null then
    event_id := 'obx_' || encode(sha256(convert_to(tenant || ' ' || idempotency_key, 'UTF8')), 'hex');
  end if;
  insert into posthorn.outbox as o (id, tenant, type, channels, data)
  values (event_id, publish.tenant, publish.type, publish.channels, bytes)
  on conflict on constraint outbox_id_is_unique do nothing;
  if not found and not exists (
    select from posthorn.outbox o
    where o.id = event_id and o.type = publish.type and o.data = bytes
      and o.channels is not distinct from publish.channels
  ) then
    perform posthorn.refuse('PH004', 'idempotency_key_reused', 'idempotency_key',
      'This idempotency_key was used for another event.');
  end if;
  return event_id;
end
$$;
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

revoke all on all functions in schema posthorn from public;

-- Roles that publish:      grant usage on schema posthorn to …; grant execute on all functions in schema posthorn to …;
-- The role of the relay:   grant usage on schema posthorn to …; grant select, update, delete on posthorn.outbox to …;
commit;
