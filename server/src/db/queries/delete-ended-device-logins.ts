/** Takes away device logins that ended some time ago: until then a program that comes late learns why. */
import type { Queryable, Statement } from "../database.ts";

const DELETE_ENDED_DEVICE_LOGINS: Statement = {
  name: "delete-ended-device-logins",
  text: `
    delete from device_logins where id in (
      select id from device_logins where expires_at <= $1::timestamptz limit $2::integer for update skip locked
    )
    returning 1 as deleted`,
};

/** Resolves to how many rows went. */
export async function deleteEndedDeviceLogins(
  database: Queryable,
  input: { readonly endedBefore: Date; readonly limit: number },
): Promise<number> {
  return (await database.query(DELETE_ENDED_DEVICE_LOGINS, [input.endedBefore, input.limit])).length;
}
