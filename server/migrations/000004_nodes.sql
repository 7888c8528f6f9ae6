-- What nodes tell each other: whether they take deliveries, and by how many they divide in-flight caps.

alter table nodes
  add column dispatches boolean not null default true,
  -- null: has registered, and waits until the others have made room. It then sends one delivery an endpoint at a time.
  add column cap_divisor integer,
  add constraint cap_divisor_is_positive check (cap_divisor > 0);
