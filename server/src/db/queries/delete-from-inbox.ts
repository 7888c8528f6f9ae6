/** Takes rows out of the inbox, in the transaction that stored them. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "delete-from-inbox",
  text: "delete from inbox where id = any ($1::bigint[])",
};

export async function deleteFromInbox(
  transaction: Queryable,
  { ids }: { readonly ids: readonly number[] },
): Promise<void> {
  await transaction.query(statement, [ids]);
}
