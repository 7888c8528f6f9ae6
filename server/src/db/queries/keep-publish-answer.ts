/**
 * Keeps the answer of a whole request under its Idempotency-Key, where the store statement did not see all of it:
 * some of its events were stored before, under ids of their own. Takes a key that is free or has ended, and the one
 * that the same request claimed a moment ago in this transaction.
 */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "keep-publish-answer",
  text: `
insert into publish_keys (tenant_id, kind, key, fingerprint, first_event_id, answer, expires_at)
values ($1::uuid, 'idempotency', $2::text, decode($3::text, 'hex'), $4::bigint, $5::jsonb, $6::timestamptz)
on conflict (tenant_id, kind, key) do update set fingerprint = excluded.fingerprint,
  first_event_id = excluded.first_event_id, answer = excluded.answer, expires_at = excluded.expires_at
where publish_keys.expires_at <= $7::timestamptz or publish_keys.first_event_id = any ($8::bigint[])
returning key`,
};

/** Resolves to false when another request holds the key. */
export async function keepPublishAnswer(
  transaction: Queryable,
  input: {
    readonly tenantId: string;
    readonly key: string;
    /** Hexadecimal. */
    readonly fingerprint: string;
    /** One entry for each event of the request, in its order. */
    readonly answer: readonly { readonly id: number; readonly deliveries: number }[];
    /** The events that this transaction stored. */
    readonly storedIds: readonly number[];
    readonly expiresAt: Date;
    readonly now: Date;
  },
): Promise<boolean> {
  const rows = await transaction.query(statement, [
    input.tenantId,
    input.key,
    input.fingerprint,
    input.answer[0]?.id ?? 0,
    JSON.stringify(input.answer),
    input.expiresAt,
    input.now,
    input.storedIds,
  ]);
  return rows.length > 0;
}
