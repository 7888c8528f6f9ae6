/** Writes what a poll made of a device login: its state, when it was polled, how long the next one is to wait. */
import type { Queryable, Statement } from "../database.ts";

const NOTE_DEVICE_POLL: Statement = {
  name: "note-device-poll",
  text: `
    update device_logins
    set state = $2::text, polled_at = $3::timestamptz, interval_seconds = $4::integer
    where id = $1::uuid`,
};

/** The caller holds the row. */
export async function noteDevicePoll(
  transaction: Queryable,
  poll: { readonly id: string; readonly state: string; readonly polledAt: Date; readonly intervalSeconds: number },
): Promise<void> {
  await transaction.query(NOTE_DEVICE_POLL, [poll.id, poll.state, poll.polledAt, poll.intervalSeconds]);
}
