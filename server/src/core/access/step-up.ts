/**
 * Asks a user for a fresh proof before what an open session alone must not do: a stolen access token lasts for
 * minutes, a password set with it or a secret shown to it for good. Keys have no password; their scopes decide.
 */
import { CoreError } from "../errors/core-error.ts";
import type { Actor } from "./actor.ts";

const RECENT_LOGIN_MS = 5 * 60 * 1000;

/** Whether the actor is a user whose password was given at most five minutes ago. */
export function isRecentLogin(actor: Actor, now: Date): boolean {
  if (actor.kind !== "user" || actor.authenticatedAt === null) return false;
  return now.getTime() - actor.authenticatedAt.getTime() <= RECENT_LOGIN_MS;
}

/** Throws `step_up_required` for a user whose login is older. */
export function requireRecentLogin(actor: Actor, now: Date): void {
  if (actor.kind !== "user" || isRecentLogin(actor, now)) return;
  throw new CoreError("step_up_required", "This needs a login at most five minutes old. Log in again, then repeat it.");
}
