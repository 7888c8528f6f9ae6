/** Counts what each encryption key is used for: rows that it seals, and rows of audit logs whose macs are made with it. */
import type { Queryable, Statement } from "../database.ts";

export interface KeyUseRow {
  readonly key_id: string;
  /** Where: a table's name. */
  readonly place: string;
  readonly rows: number;
}

const COUNT_KEY_USES: Statement = {
  name: "count-key-uses",
  text: `
    select encryption_key_id as key_id, 'secret_versions' as place, count(*) as rows
    from secret_versions where encryption_key_id is not null group by 1
    union all
    select encryption_key_id, 'endpoints', count(*)
    from endpoints where encryption_key_id is not null group by 1
    union all
    select encryption_key_id, 'idempotent_answers', count(*)
    from idempotent_answers where encryption_key_id is not null group by 1
    union all
    select encryption_key_id, 'tenant_dialects', count(*)
    from tenant_dialects where encryption_key_id is not null group by 1
    union all
    select encryption_key_id, 'dialect_tokens', count(*) from dialect_tokens group by 1
    union all
    select key_id, 'audit_log', count(*) from audit_log group by 1`,
};

export function countKeyUses(database: Queryable): Promise<KeyUseRow[]> {
  return database.query(COUNT_KEY_USES, []);
}
