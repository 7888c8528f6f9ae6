-- How many deliveries of an endpoint a node holds. Every delivery that ended leaves an entry in the index until the
-- next vacuum; read one by one, an entry is marked as it is passed and skipped from then on. A plan that reads the
-- index as a whole marks nothing: each claim would read them all again, a hundred thousand of them for a hundred that
-- count. Such a plan looks cheap while the table is small, which is when it is made, so here none is allowed.
create function leased_by_node(endpoint uuid, node bigint) returns bigint
language plpgsql stable strict
set enable_bitmapscan = off
as $$
begin
  return (
    select count(*) from queue q where q.endpoint_id = endpoint and q.lease is not null and q.lease >> 32 = node
  );
end
$$;
