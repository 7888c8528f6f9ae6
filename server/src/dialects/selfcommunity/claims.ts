/**
 * What the claims of a signed token must be to let a user act (pure). The signature is checked before; `jti` and `iat`
 * must be there and are not looked at further: a client uses one token for many calls, and the contract's own sample
 * has an `iat` in milliseconds.
 */

/** The acting user's number, or null when the token gives no access at `now`. */
export function findActingUser(claims: Readonly<Record<string, unknown>>, now: Date): number | null {
  const { token_type: tokenType, exp, iat, jti, user_id: userId } = claims;
  if (tokenType !== "access") return null;
  if (!isNumber(exp) || now.getTime() >= exp * 1000) return null;
  if (!isNumber(iat)) return null;
  if (typeof jti !== "string" && !isNumber(jti)) return null;
  return toUserNumber(userId);
}

/** An integer, or the text of one: a client that reads it from its environment sends a text. */
function toUserNumber(userId: unknown): number | null {
  const number = typeof userId === "string" && /^\d{1,15}$/.test(userId) ? Number(userId) : userId;
  return isNumber(number) && Number.isInteger(number) ? number : null;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
