/** The refusals that are the contract's own: each a core error whose one problem carries the contract's code and text. */
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";

export function notAuthenticated(): CoreError {
  return refusal("unauthenticated", "not_authenticated", "Authentication credentials were not provided.");
}

export function wrongCredentials(): CoreError {
  return refusal("unauthenticated", "authentication_failed", "Incorrect authentication credentials.");
}

export function notFound(): CoreError {
  return refusal("not_found", "not_found", "Not found.");
}

export function wrongPassword(): CoreError {
  return refusal("validation_failed", "invalid", "The password is not correct.", "/password");
}

/** Of endpoints whose secrets belong to another contract. */
export function foreignSecret(profile: string): CoreError {
  const message = `The signing secret of this endpoint is of the profile ${profile}: use the API it was made with.`;
  return refusal("wrong_state", "invalid", message);
}

function refusal(code: CoreErrorCode, wireCode: string, message: string, path = ""): CoreError {
  return new CoreError(code, message, { problems: [{ path, code: wireCode, message }] });
}
