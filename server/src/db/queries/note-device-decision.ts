/** Writes what a user decided of a device login. */
import type { Queryable, Statement } from "../database.ts";

const NOTE_DEVICE_DECISION: Statement = {
  name: "note-device-decision",
  text: `
    update device_logins
    set state = $2::text, user_id = $3::uuid, decided_at = $4::timestamptz, scopes = $5::text[],
        password_mark = $6::bytea
    where id = $1::uuid`,
};

/** The caller holds the row. `scopes` and `passwordMark` are null where it was denied. */
export async function noteDeviceDecision(
  transaction: Queryable,
  decision: {
    readonly id: string;
    readonly state: string;
    readonly userId: string;
    readonly now: Date;
    readonly scopes: readonly string[] | null;
    readonly passwordMark: Uint8Array | null;
  },
): Promise<void> {
  await transaction.query(NOTE_DEVICE_DECISION, [
    decision.id,
    decision.state,
    decision.userId,
    decision.now,
    decision.scopes,
    decision.passwordMark,
  ]);
}
