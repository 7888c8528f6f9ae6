/**
 * Bounds how often somebody may be wrong: counted first, by whoever is said to be and by the address it comes from, so
 * that guesses sent at once do not slip through together. Who was right is given the count back. The counts stand in the
 * database: they hold over all nodes and over restarts.
 */
import { createHmac } from "node:crypto";

import { giveBackPasswordChecks } from "../../db/queries/give-back-password-checks.ts";
import { takePasswordChecks } from "../../db/queries/take-password-checks.ts";
import { parseAddress } from "../../egress/parse-address.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

type GuessContext = Pick<CoreContext, "database" | "clock" | "keyRing">;

export interface Guess {
  /** What is guessed: each purpose counts for itself. */
  readonly purpose: string;
  /** Who is said to be: a user's id, or whatever the caller wrote where there is no such user. */
  readonly claim: string;
  readonly address: string | null;
  /** Said to whoever is refused. */
  readonly refusal: string;
}

export interface CountedGuess {
  readonly user: Uint8Array;
  readonly address: Uint8Array;
}

const WINDOW_MS = 15 * 60 * 1000;
/** Wrong guesses of one user in a window: above a bad day, far below what guessing needs. */
const GUESSES_A_USER_MAX = 10;
/** Of one address: an office behind one address has many users. */
const GUESSES_AN_ADDRESS_MAX = 100;
/** Who has one IPv6 address has the 2^64 beside it. */
const IPV6_INTERFACE_BITS = 64n;

/** Throws `rate_limited` with the seconds to wait. */
export async function countGuess(context: GuessContext, guess: Guess): Promise<CountedGuess> {
  const counted = toSubjects(context, guess);
  const now = context.clock.now();
  const windowEndsAt = new Date(now.getTime() + WINDOW_MS);
  const taken = await takePasswordChecks(context.database, { ...counted, now, windowEndsAt });
  const refused = [
    taken.user.count > GUESSES_A_USER_MAX ? taken.user.window_ends_at : null,
    taken.address.count > GUESSES_AN_ADDRESS_MAX ? taken.address.window_ends_at : null,
  ].filter((end) => end !== null);
  if (refused.length === 0) return counted;
  const untilMs = Math.max(...refused.map((end) => end.getTime()));
  throw new CoreError("rate_limited", guess.refusal, {
    retryAfterSeconds: Math.max(1, Math.ceil((untilMs - now.getTime()) / 1000)),
  });
}

/** It was right, or it was not looked at. */
export function giveBackGuess({ database }: GuessContext, counted: CountedGuess): Promise<void> {
  return giveBackPasswordChecks(database, counted);
}

/** Whoever is behind an address, as far as it tells: all of one IPv6 network are one. */
export function networkOf(address: string | null): string {
  const parsed = address === null ? null : parseAddress(address);
  if (parsed === null || parsed.family === 4) return address ?? "unknown";
  return `${(parsed.value >> IPV6_INTERFACE_BITS).toString(16)}::/64`;
}

/** Keyed hashes: what was typed as an e-mail address may be a password. */
function toSubjects({ keyRing }: GuessContext, { purpose, claim, address }: Guess): CountedGuess {
  const key = keyRing.derive(keyRing.currentKeyId, purpose);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return { user: digest(`user:${claim}`), address: digest(`address:${networkOf(address)}`) };
}
