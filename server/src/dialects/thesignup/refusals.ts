/** The refusals that are the contract's own: each a core error whose one problem carries the contract's code. */
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";

/** Codes of 401 that the contract tells apart. */
export type CredentialsCode =
  | "missing_credentials"
  | "malformed_credentials"
  | "invalid_credentials"
  | "revoked_credentials";

export function refusedCredentials(code: CredentialsCode): CoreError {
  return refusal("unauthenticated", code, "These credentials give no access.");
}

export function notFound(): CoreError {
  return new CoreError("not_found", "There is nothing here.");
}

export function scopeMissing(scope: string): CoreError {
  return new CoreError("scope_required", `This credential lacks the scope ${scope}.`);
}

/** Of endpoints whose secrets belong to another contract. */
export function foreignSecret(profile: string): CoreError {
  const message = `The signing secret of this endpoint is of the profile ${profile}: use the API it was made with.`;
  return new CoreError("wrong_state", message);
}

function refusal(code: CoreErrorCode, wireCode: string, message: string): CoreError {
  return new CoreError(code, message, { problems: [{ path: "", code: wireCode, message }] });
}
