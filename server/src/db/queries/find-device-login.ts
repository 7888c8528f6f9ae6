/** Finds the device login of a user code, by the MACs that the code has under each key of the ring. */
import type { Queryable, Statement } from "../database.ts";
import { DEVICE_LOGIN_COLUMNS, type DeviceLoginRow } from "./device-login-columns.ts";

const FIND_DEVICE_LOGIN: Statement = {
  name: "find-device-login",
  text: `select ${DEVICE_LOGIN_COLUMNS} from device_logins where user_code_mac = any($1::bytea[])`,
};

export async function findDeviceLogin(
  database: Queryable,
  userCodeMacs: readonly Uint8Array[],
): Promise<DeviceLoginRow | null> {
  const rows = await database.query<DeviceLoginRow>(FIND_DEVICE_LOGIN, [userCodeMacs]);
  return rows[0] ?? null;
}
