/** Writes what may change of an API key. The caller holds the row and decided from what it read. */
import type { Queryable, Statement } from "../database.ts";

const UPDATE_API_KEY: Statement = {
  name: "update-api-key",
  text: `
    update api_keys
    set name = $2::text, scopes = $3::text[], expires_at = $4::timestamptz
    where id = $1::uuid`,
};

export async function updateApiKey(
  transaction: Queryable,
  key: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expiresAt: Date | null;
  },
): Promise<void> {
  await transaction.query(UPDATE_API_KEY, [key.id, key.name, key.scopes, key.expiresAt]);
}
