/**
 * Counts one password check for a user and one for an address, each in its window, and tells both counts. A window that
 * is over begins anew. Users are always locked before addresses, so two checks never wait for each other.
 */
import type { Queryable, Statement } from "../database.ts";

export interface PasswordCount {
  readonly count: number;
  readonly window_ends_at: Date;
}

const TAKE_PASSWORD_CHECKS: Statement = {
  name: "take-password-checks",
  text: `
    insert into password_checks (subject, count, window_ends_at)
    values ($1::bytea, 1, $3::timestamptz), ($2::bytea, 1, $3::timestamptz)
    on conflict (subject) do update set
      count = case
        when password_checks.window_ends_at <= $4::timestamptz then 1
        else least(password_checks.count, 1000000) + 1
      end,
      window_ends_at = case
        when password_checks.window_ends_at <= $4::timestamptz then excluded.window_ends_at
        else password_checks.window_ends_at
      end
    returning subject = $1::bytea as "isUser", count, window_ends_at`,
};

type Row = PasswordCount & { readonly isUser: boolean };

export async function takePasswordChecks(
  database: Queryable,
  check: {
    readonly user: Uint8Array;
    readonly address: Uint8Array;
    readonly now: Date;
    /** Of a window that begins now. */
    readonly windowEndsAt: Date;
  },
): Promise<{ readonly user: PasswordCount; readonly address: PasswordCount }> {
  const parameters = [check.user, check.address, check.windowEndsAt, check.now];
  const rows = await database.query<Row>(TAKE_PASSWORD_CHECKS, parameters);
  const user = rows.find((row) => row.isUser);
  const address = rows.find((row) => !row.isUser);
  if (user === undefined || address === undefined) throw new Error("a password check was not counted");
  return { user, address };
}
