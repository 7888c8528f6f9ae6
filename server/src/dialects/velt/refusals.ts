/** The refusals that are the contract's own: each a core error whose one problem carries the contract's text. */
import { CoreError, type CoreErrorCode } from "../../core/errors/core-error.ts";

/** What the contract says of endpoints that are not there, and of a `uid` that is taken. */
export const PROVIDER_FAILED = "Advanced webhook provider request failed.";

const ENABLE_THEM = 'via POST /v2/workspace/advancedwebhookconfig/update with { "isEnabled": true }.';

export const notAvailable = (): CoreError =>
  refusal("wrong_state", "Advanced webhooks are not available for this workspace.");

export const notConfigured = (): CoreError =>
  refusal("wrong_state", `Advanced webhooks are not configured for this workspace. Enable them first ${ENABLE_THEM}`);

export const switchedOff = (): CoreError =>
  refusal("wrong_state", `Advanced webhooks are disabled for this workspace. Enable them ${ENABLE_THEM}`);

export const apiKeyMissing = (): CoreError => refusal("validation_failed", "API key is required");

export const authTokenMissing = (): CoreError => refusal("validation_failed", "Auth token is required");

export const workspaceHeadersMissing = (): CoreError =>
  refusal("validation_failed", "Auth Token not found in headers.");

export const wrongApiKey = (): CoreError => refusal("scope_required", "Invalid API key.");

export const wrongAuthToken = (): CoreError => refusal("scope_required", "Invalid auth token.");

export const wrongWorkspace = (): CoreError => refusal("scope_required", "Invalid workspace credentials.");

export const unknownApiKey = (): CoreError => refusal("not_found", "API key not found.");

export const unknownPath = (): CoreError => refusal("not_found", "There is no such operation.");

/** Of endpoints whose secrets belong to another contract. */
export const foreignSecret = (profile: string): CoreError =>
  refusal(
    "wrong_state",
    `The signing secret of this endpoint is of the profile ${profile}: use the API it was made with.`,
  );

export const invalid = (message: string): CoreError => refusal("validation_failed", message);

function refusal(code: CoreErrorCode, message: string): CoreError {
  return new CoreError(code, message, { problems: [{ path: "", code, message }] });
}
