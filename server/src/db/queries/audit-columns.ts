/** The columns of an audit row as core reads it: the time to the microsecond, the JSON as the text it was written as. */

export const AUDIT_COLUMNS = `
  tenant_id as "tenantId", number, (extract(epoch from at) * 1000000)::bigint as "atUs", actor, address,
  request_id as "requestId", action, subject, reason, before::text as before, after::text as after,
  key_id as "keyId", mac`;
