/**
 * Checks a password under control: counted first, by the user and by the address it comes from, so that guesses sent at
 * once do not slip through together; then in the node's queue, at the same cost whether the user exists or not. A right
 * password gives its count back. The counts stand in the database: they hold over all nodes and over restarts.
 * Who guesses a user's password can keep that user from logging in for the window; open sessions and API keys go on.
 */
import { createHmac } from "node:crypto";

import { giveBackPasswordChecks } from "../../db/queries/give-back-password-checks.ts";
import { takePasswordChecks } from "../../db/queries/take-password-checks.ts";
import { parseAddress } from "../../egress/parse-address.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
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

const WINDOW_MS = 15 * 60 * 1000;
/** Wrong passwords of one user in a window: above a bad day, far below what guessing needs. */
const CHECKS_A_USER_MAX = 10;
/** Of one address: an office behind one address has many users. */
const CHECKS_AN_ADDRESS_MAX = 100;
/** Who has one IPv6 address has the 2^64 beside it. */
const IPV6_INTERFACE_BITS = 64n;
const PURPOSE = "password-checks:1";

/** Whether the password is right. Throws `rate_limited` with the seconds to wait. */
export async function checkPassword(context: PasswordContext, check: PasswordCheck): Promise<boolean> {
  const subjects = toSubjects(context, check);
  await takeOrRefuse(context, subjects);
  let isSpent = false;
  try {
    const isRight = await context.passwordQueue.run(() => verifyPassword(check.storedHash, check.password));
    isSpent = !isRight;
    return isRight;
  } finally {
    if (!isSpent) await giveBackPasswordChecks(context.database, subjects);
  }
}

interface Subjects {
  readonly user: Uint8Array;
  readonly address: Uint8Array;
}

/** Keyed hashes: what was typed as an e-mail address may be a password. */
function toSubjects({ keyRing }: PasswordContext, { claim, address }: PasswordCheck): Subjects {
  const key = keyRing.derive(keyRing.currentKeyId, PURPOSE);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return { user: digest(`user:${claim}`), address: digest(`address:${toNetwork(address)}`) };
}

function toNetwork(address: string | null): string {
  const parsed = address === null ? null : parseAddress(address);
  if (parsed === null || parsed.family === 4) return address ?? "unknown";
  return `${(parsed.value >> IPV6_INTERFACE_BITS).toString(16)}::/64`;
}

async function takeOrRefuse({ database, clock }: PasswordContext, subjects: Subjects): Promise<void> {
  const now = clock.now();
  const windowEndsAt = new Date(now.getTime() + WINDOW_MS);
  const taken = await takePasswordChecks(database, { ...subjects, now, windowEndsAt });
  const refused = [
    taken.user.count > CHECKS_A_USER_MAX ? taken.user.window_ends_at : null,
    taken.address.count > CHECKS_AN_ADDRESS_MAX ? taken.address.window_ends_at : null,
  ].filter((end) => end !== null);
  if (refused.length === 0) return;
  const untilMs = Math.max(...refused.map((end) => end.getTime()));
  throw new CoreError("rate_limited", "Too many wrong passwords. Wait, then try again.", {
    retryAfterSeconds: Math.max(1, Math.ceil((untilMs - now.getTime()) / 1000)),
  });
}
