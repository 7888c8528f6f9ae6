/** Lets one transaction at a time begin a device login, so that their bounds are exact; it ends with the transaction. */
import type { Queryable, Statement } from "../database.ts";

const LOCK: Statement = { name: "lock-device-logins", text: "select pg_advisory_xact_lock(4700013)" };

export async function lockDeviceLogins(transaction: Queryable): Promise<void> {
  await transaction.query(LOCK, []);
}
