/**
 * Whether somebody is the user they say they are, by the password. Whatever is wrong, the tenant, the address, the
 * password, a user without one or a disabled one, is answered by the same words, at the cost of one password check.
 */
import { findUserByEmail } from "../../db/queries/find-user-by-email.ts";
import type { UserRow } from "../../db/queries/user-columns.ts";
import { checkPassword } from "../access/check-password.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { CoreError } from "../errors/core-error.ts";
import { findTenant } from "../tenants/find-tenant.ts";
import { normaliseEmail } from "../users/user.ts";
import type { RequestOrigin, SessionContext } from "./session.ts";

export interface LogInInput {
  /** A tenant's public id or slug. */
  readonly tenant: string;
  readonly email: string;
  readonly password: string;
}

export type CheckedUser = UserRow & { readonly password_hash: string };

/** No tenant has it. */
const NO_TENANT = "00000000-0000-0000-0000-000000000000";

/** Throws `unauthenticated`, `rate_limited`. */
export async function checkLogin({
  context,
  origin,
  input,
}: {
  readonly context: SessionContext;
  readonly origin: RequestOrigin;
  readonly input: LogInInput;
}): Promise<CheckedUser> {
  const tenant = await findTenant({ context, reference: input.tenant });
  const email = normaliseEmail(input.email);
  // Asked also without a tenant, for the sake of the time it takes.
  const row = await findUserByEmail(context.database, { tenantId: tenant?.id ?? NO_TENANT, email });
  const isRight = await checkPassword(context, {
    claim: row?.id ?? `${tenant?.id ?? input.tenant} ${email}`,
    address: origin.address,
    storedHash: row?.password_hash ?? null,
    password: input.password,
  });
  if (!isRight || row === null || row.password_hash === null || row.disabled_at !== null) {
    throw refuseLogin(context, origin, row);
  }
  return { ...row, password_hash: row.password_hash };
}

/** `row` is the user who was meant, where there is one: that is noted beside the answer. */
export function refuseLogin(context: SessionContext, origin: RequestOrigin, row: UserRow | null): CoreError {
  if (row !== null) noteRefusal(context, origin, row);
  return new CoreError("unauthenticated", "The tenant, the e-mail address or the password is wrong.");
}

/**
 * Not awaited: an answer that waited for this row would tell by its time that the user exists. It is lost only if the
 * database, or this process, goes within milliseconds; the count of wrong passwords is not.
 */
function noteRefusal({ database, clock, keyRing }: SessionContext, origin: RequestOrigin, row: UserRow): void {
  const note = database.transaction((transaction) =>
    appendAudit(transaction, {
      keyRing,
      tenantId: row.tenant_id,
      actor: { kind: "anonymous", ...origin },
      action: "session.refuse",
      subject: `user:${row.id}`,
      now: clock.now(),
    }),
  );
  note.catch(() => {});
}
