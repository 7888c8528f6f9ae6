/** Notes that an endpoint was changed by what is kept beside its row. Call with the row locked, its version raised. */
import type { Queryable, Statement } from "../database.ts";

const TOUCH_ENDPOINT: Statement = {
  name: "touch-endpoint",
  text: "update endpoints set updated_at = $2::timestamptz where id = $1::uuid",
};

export async function touchEndpoint(
  transaction: Queryable,
  endpoint: { readonly id: string; readonly now: Date },
): Promise<void> {
  await transaction.query(TOUCH_ENDPOINT, [endpoint.id, endpoint.now]);
}
