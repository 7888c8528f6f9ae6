-- The trace that a publish belongs to (W3C Trace Context), where the server traces: it goes on with every delivery.

alter table events
  add column traceparent text,
  add constraint traceparent_is_one check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');
