-- Endpoints that sign by Ed25519, and the public keys of their secret versions. Public keys are not sealed: anybody may
-- read them, and they stay when a version expires, so that an old signature can be told.

alter table endpoints
  add column signature text not null default 'hmac',
  add constraint endpoint_signature_is_known check (signature in ('hmac', 'ed25519')),
  add constraint only_standard_endpoints_sign_by_ed25519 check (signature = 'hmac' or profile = 'standard');
create index ed25519_endpoints on endpoints (tenant_id, number) where signature = 'ed25519' and deleted_at is null;

alter table secret_versions
  add column public_key bytea,
  add constraint ed25519_secret_has_its_public_key check ((scheme = 'ed25519') = (public_key is not null)),
  add constraint public_key_has_32_bytes check (octet_length(public_key) = 32);
