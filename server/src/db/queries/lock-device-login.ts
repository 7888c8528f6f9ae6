/**
 * Reads a device login by its id, or by the SHA-256 of its device code, and holds its row for the rest of the
 * transaction. Locked before the user's row, by everybody.
 */
import type { Queryable, Statement } from "../database.ts";
import { DEVICE_LOGIN_COLUMNS, type DeviceLoginRow } from "./device-login-columns.ts";

const LOCK_BY_ID: Statement = {
  name: "lock-device-login-by-id",
  text: `select ${DEVICE_LOGIN_COLUMNS} from device_logins where id = $1::uuid for update`,
};
const LOCK_BY_CODE: Statement = {
  name: "lock-device-login-by-code",
  text: `select ${DEVICE_LOGIN_COLUMNS} from device_logins where device_hash = $1::bytea for update`,
};

export async function lockDeviceLogin(
  transaction: Queryable,
  by: { readonly id: string } | { readonly deviceHash: Uint8Array },
): Promise<DeviceLoginRow | null> {
  const rows =
    "id" in by
      ? await transaction.query<DeviceLoginRow>(LOCK_BY_ID, [by.id])
      : await transaction.query<DeviceLoginRow>(LOCK_BY_CODE, [by.deviceHash]);
  return rows[0] ?? null;
}
