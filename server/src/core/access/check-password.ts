/**
 * Checks a password under control: counted first, as every guess; then in the node's queue, at the same cost whether the
 * user exists or not. A right password gives its count back.
 * Who guesses a user's password can keep that user from logging in for the window; open sessions and API keys go on.
 */
import type { CoreContext } from "../context.ts";
import { countGuess, giveBackGuess } from "./guess-limits.ts";
import { verifyPassword } from "./password-hash.ts";

export type PasswordContext = Pick<CoreContext, "database" | "clock" | "keyRing" | "passwordQueue">;

export interface PasswordCheck {
  /** Who is said to be: a user's id, or whatever the caller wrote where there is no such user. */
  readonly claim: string;
  readonly address: string | null;
  /** Null: there is no such user, or it has no password. */
  readonly storedHash: string | null;
  readonly password: string;
}

const PURPOSE = "password-checks:1";
const REFUSAL = "Too many wrong passwords. Wait, then try again.";

/** Whether the password is right. Throws `rate_limited` with the seconds to wait. */
export async function checkPassword(
  context: PasswordContext,
  { claim, address, storedHash, password }: PasswordCheck,
): Promise<boolean> {
  const counted = await countGuess(context, { purpose: PURPOSE, claim, address, refusal: REFUSAL });
  let isSpent = false;
  try {
    const isRight = await context.passwordQueue.run(() => verifyPassword(storedHash, password));
    isSpent = !isRight;
    return isRight;
  } finally {
    if (!isSpent) await giveBackGuess(context, counted);
  }
}
