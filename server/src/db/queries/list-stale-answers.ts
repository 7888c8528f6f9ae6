/** Reads kept answers that are not sealed with the current key, in the order of their primary key. */
import type { Queryable, Statement } from "../database.ts";

export interface StaleAnswerRow {
  readonly scope: string;
  readonly key: string;
  readonly sealed: Uint8Array;
  readonly encryption_key_id: string;
  readonly created_at: Date;
}

const LIST_STALE_ANSWERS: Statement = {
  name: "list-stale-answers",
  text: `
    select scope, key, sealed, encryption_key_id, created_at
    from idempotent_answers
    where sealed is not null and encryption_key_id <> $1::text
      and ($2::text is null or (scope, key) > ($2::text, $3::text))
    order by scope, key
    limit $4::integer`,
};

export function listStaleAnswers(
  database: Queryable,
  page: {
    readonly currentKeyId: string;
    readonly after: { readonly scope: string; readonly key: string } | null;
    readonly limit: number;
  },
): Promise<StaleAnswerRow[]> {
  const { currentKeyId, after, limit } = page;
  return database.query(LIST_STALE_ANSWERS, [currentKeyId, after?.scope ?? null, after?.key ?? null, limit]);
}
