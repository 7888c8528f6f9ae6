/** Notes that an API key was used, unless that was noted after `unlessSince`: of many requests at once, one writes. */
import type { Queryable, Statement } from "../database.ts";

const TOUCH_API_KEY: Statement = {
  name: "touch-api-key",
  text: `
    update api_keys
    set last_used_at = $2::timestamptz
    where id = $1::uuid and (last_used_at is null or last_used_at <= $3::timestamptz)`,
};

export async function touchApiKey(
  database: Queryable,
  use: { readonly id: string; readonly now: Date; readonly unlessSince: Date },
): Promise<void> {
  await database.query(TOUCH_API_KEY, [use.id, use.now, use.unlessSince]);
}
