-- What any node holds. Asked every second, for the leases of nodes that are gone; read one by one for the reason that
-- leased_by_node gives (migration 13): a plan that reads the index as a whole would pass over all that ended since the
-- last vacuum each time, with its rows.
create function leased_anywhere() returns table (delivery_id bigint, lease bigint)
language plpgsql stable
set enable_bitmapscan = off
as $$
begin
  return query select q.delivery_id, q.lease from queue q where q.lease is not null;
end
$$;
