/**
 * A person who may act in one tenant, by a role. `number` is a small integer, given or the next of the tenant, never
 * used again: dialects show it. The password is never part of a user, only whether there is one.
 */
import { DatabaseError } from "../../db/database.ts";
import type { UserRow } from "../../db/queries/user-columns.ts";
import type { Actor } from "../access/actor.ts";
import { PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN } from "../access/password-hash.ts";
import { isRole, type Role, ROLE_SCOPES, ROLES } from "../access/roles.ts";
import type { AuditState } from "../audit/audit-row.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";

export interface User {
  readonly id: string;
  readonly tenantId: string;
  readonly number: number;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly hasPassword: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastLoginAt: Date | null;
  readonly disabledAt: Date | null;
}

export const USER_NAME_CHARACTERS_MAX = 256;
export const USER_NUMBER_MAX = 2_147_483_647;
/** RFC 5321, 4.5.3.1.3: a path of 256 characters, of which the angle brackets take two. */
export const USER_EMAIL_CHARACTERS_MAX = 254;
/** One @ with something on both sides. What an address really takes, only a letter to it tells. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

export function toUser(row: UserRow): User {
  if (!isRole(row.role)) throw new Error(`the user ${row.id} has an unknown role`);
  return {
    id: row.id,
    tenantId: row.tenant_id,
    number: row.number,
    email: row.email,
    name: row.name,
    role: row.role,
    hasPassword: row.password_hash !== null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastLoginAt: row.last_login_at,
    disabledAt: row.disabled_at,
  };
}

/** One spelling for each address: two that differ only in case or in how an accent is written are one user. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize("NFKC").toLowerCase();
}

/** Every mistake in the members that are given. */
export function checkUser(input: {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly number?: number | undefined;
  readonly password?: string | null | undefined;
}): InputProblem[] {
  const problems: InputProblem[] = [];
  if (input.email !== undefined) problems.push(...checkEmail(normaliseEmail(input.email)));
  if (input.name !== undefined) {
    const characters = [...input.name].length;
    if (characters < 1 || characters > USER_NAME_CHARACTERS_MAX) {
      const message = `A name has 1 to ${USER_NAME_CHARACTERS_MAX} characters.`;
      problems.push({ path: "/name", code: "out_of_bounds", message });
    }
  }
  if (input.role !== undefined && !isRole(input.role)) {
    const message = `There is no such role. The roles are ${ROLES.join(", ")}.`;
    problems.push({ path: "/role", code: "invalid_value", message });
  }
  if (
    input.number !== undefined &&
    !(Number.isInteger(input.number) && input.number > 0 && input.number <= USER_NUMBER_MAX)
  ) {
    const message = `A number is a whole number from 1 to ${USER_NUMBER_MAX}.`;
    problems.push({ path: "/number", code: "out_of_bounds", message });
  }
  if (input.password != null) problems.push(...checkNewPassword(input.password));
  return problems;
}

/** What is recorded of a user before and after a change. */
export function toAuditState(user: User): AuditState {
  const { number, email, name, role, hasPassword, disabledAt } = user;
  return { number, email, name, role, hasPassword, disabledAt: disabledAt?.toISOString() ?? null };
}

/**
 * Who gives a role, or touches a user who has it, must have all its scopes: otherwise a key or a user could make itself
 * an admin, or take one over by a new password. Throws `scope_required`.
 */
export function requireRank(actor: Actor, role: Role): void {
  if (actor.kind === "root") return;
  const missing = ROLE_SCOPES[role].filter((scope) => !actor.scopes.includes(scope));
  if (missing.length === 0) return;
  const message = `This needs all that the role ${role} may do; you lack ${missing.join(", ")}.`;
  throw new CoreError("scope_required", message);
}

/** What two who write at once, or one who repeats a taken value, runs into. Rethrows whatever else it is given. */
export function refuseTaken(error: unknown): never {
  if (error instanceof DatabaseError && error.constraint === "user_emails_are_unique_in_their_tenant") {
    throw new CoreError("already_exists", "Another user of this tenant has this e-mail address.");
  }
  if (error instanceof DatabaseError && error.constraint === "user_numbers_are_unique_in_their_tenant") {
    throw new CoreError("already_exists", "Another user of this tenant has, or had, this number.");
  }
  throw error;
}

export function userNotFound(): CoreError {
  return new CoreError("not_found", "There is no such user.");
}

function checkEmail(email: string): InputProblem[] {
  if (EMAIL.test(email) && [...email].length <= USER_EMAIL_CHARACTERS_MAX) return [];
  const message = `An e-mail address has one @ and at most ${USER_EMAIL_CHARACTERS_MAX} characters, and no spaces.`;
  return [{ path: "/email", code: "invalid_format", message }];
}

/** The length is what counts; rules for characters make passwords worse (NIST SP 800-63B, 3.1.1.2). */
function checkNewPassword(password: string): InputProblem[] {
  const normalised = password.normalize("NFKC");
  const isLongEnough = [...normalised].length >= PASSWORD_CHARACTERS_MIN;
  if (isLongEnough && Buffer.byteLength(normalised) <= PASSWORD_BYTES_MAX) return [];
  const message = `A password has at least ${PASSWORD_CHARACTERS_MIN} characters and at most ${PASSWORD_BYTES_MAX} bytes.`;
  return [{ path: "/password", code: "out_of_bounds", message }];
}
