/** Makes exactly these tokens of a kind a tenant's in a dialect. One that is there already keeps its id and its time. */
import type { Queryable, Statement } from "../database.ts";
import type { DialectKeyKind } from "./put-dialect-key.ts";

export interface DialectTokenValues {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the token's text. */
  readonly hash: Uint8Array;
  readonly sealed: Uint8Array;
  readonly encryptionKeyId: string;
}

const DROP_OTHERS: Statement = {
  name: "drop-other-dialect-tokens",
  text: `
    delete from dialect_tokens
    where tenant_id = $1::uuid and dialect = $2::text and kind = $3::text and hash <> all ($4::bytea[])`,
};

const PUT: Statement = {
  name: "put-dialect-tokens",
  text: `
    insert into dialect_tokens (id, tenant_id, dialect, kind, name, hash, sealed, encryption_key_id, created_at)
    select i.id, $1::uuid, $2::text, $3::text, i.name, i.hash, i.sealed, i.key_id, $9::timestamptz
    from unnest($4::bytea[], $5::uuid[], $6::text[], $7::bytea[], $8::text[]) as i (hash, id, name, sealed, key_id)
    order by i.hash
    on conflict (tenant_id, dialect, kind, hash) do update set name = excluded.name`,
};

export async function putDialectTokens(
  transaction: Queryable,
  wanted: {
    readonly tenantId: string;
    readonly dialect: string;
    readonly kind: DialectKeyKind;
    readonly tokens: readonly DialectTokenValues[];
    readonly now: Date;
  },
): Promise<void> {
  const { tenantId, dialect, kind, tokens, now } = wanted;
  const hashes = tokens.map(({ hash }) => hash);
  await transaction.query(DROP_OTHERS, [tenantId, dialect, kind, hashes]);
  await transaction.query(PUT, [
    tenantId,
    dialect,
    kind,
    hashes,
    tokens.map(({ id }) => id),
    tokens.map(({ name }) => name),
    tokens.map(({ sealed }) => sealed),
    tokens.map(({ encryptionKeyId }) => encryptionKeyId),
    now,
  ]);
}
