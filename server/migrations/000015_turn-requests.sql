-- Endpoints whose lanes were held by others when something of theirs began to wait: a store leaves word here instead of
-- waiting, with a publisher behind it. The next claim gives the turns. Empty but for moments.
create table turn_requests (
  id bigint generated always as identity primary key,
  endpoint_ids uuid[] not null
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_threshold = -1,
  autovacuum_vacuum_cost_delay = 0
);
