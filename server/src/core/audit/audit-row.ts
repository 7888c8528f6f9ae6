/**
 * One row of a tenant's audit log: who did what to which thing, from where, why, and what the thing was before and
 * after, never with a secret in it. Rows are numbered from 1 without gaps and never change.
 */

export const AUDIT_SUBJECT_KINDS = [
  "tenant",
  "api_key",
  "user",
  "event_type",
  "endpoint",
  "event",
  "delivery",
  "recovery",
  "dialect",
  "profile",
] as const;
export type AuditSubjectKind = (typeof AUDIT_SUBJECT_KINDS)[number];

/** A kind and the thing's key in the core: a UUID, a number, or an event type's name. */
export type AuditSubject = `${AuditSubjectKind}:${string}`;

/** Everything that is recorded. */
export const AUDIT_ACTIONS = [
  "tenant.create",
  "tenant.update",
  "tenant.delete",
  "api_key.create",
  "api_key.update",
  "api_key.revoke",
  "user.create",
  "user.update",
  "user.set_password",
  "user.revoke",
  "session.create",
  "session.refuse",
  "session.end",
  "session.refresh_reused",
  "device_login.approve",
  "device_login.deny",
  "event_type.put",
  "event_type.deprecate",
  "endpoint.create",
  "endpoint.update",
  "endpoint.pause",
  "endpoint.resume",
  "endpoint.disable",
  "endpoint.delete",
  "secret.stage",
  "secret.unstage",
  "secret.activate",
  "secret.rotate",
  "secret.cancel",
  "secret.extend",
  "secret.shorten",
  "secret.expire",
  "secret.rehearse",
  "secret.cut_over",
  "secret.check",
  "secret.reveal",
  "secret.reveal_refuse",
  "event.resend",
  "delivery.resend",
  "delivery.cancel",
  "recovery.start",
  "recovery.pause",
  "recovery.resume",
  "recovery.cancel",
  "dialect.put",
  "dialect.delete",
  "dialect.show_tokens",
  "profile.set",
  "publishing_role.grant",
  "publishing_role.revoke",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What the thing was or is: JSON without secrets. Times are written as ISO 8601. */
export type AuditState = Readonly<Record<string, unknown>>;

export interface AuditRow {
  readonly tenantId: string;
  /** From 1, without gaps within the tenant. */
  readonly number: number;
  /** Microseconds since 1970: all that the column holds, so that no part of it can change unseen. */
  readonly atUs: number;
  /** As `actorName` gives it. */
  readonly actor: string;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  /** JSON text as it was written. */
  readonly before: string | null;
  readonly after: string | null;
  /** The key of the ring that the mac's key is derived from. */
  readonly keyId: string;
  readonly mac: Uint8Array;
}

/** The last row of a tenant's log; number 0 and a mac of zeros where there is none. */
export interface AuditHead {
  readonly number: number;
  readonly mac: Uint8Array;
}
