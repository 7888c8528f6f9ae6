-- Rotations that wait for a rehearsal, and how often a receiver may be checked.

-- Set: the overlap is held open until a rehearsal has passed, and then ends here, or at once if this time is over.
alter table secret_versions add column planned_end_at timestamptz;
alter table secret_versions add constraint held_secret_retires
  check (planned_end_at is null or state in ('retiring', 'expired'));

-- One row for each endpoint whose receiver has been checked: the index decides, so that two nodes agree.
create table receiver_checks (
  endpoint_id uuid primary key references endpoints (id),
  checked_at timestamptz not null
);
