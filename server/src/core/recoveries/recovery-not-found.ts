/** The answer for a recovery that is not the tenant's, never was, or ended long ago. */
import { CoreError } from "../errors/core-error.ts";

export function recoveryNotFound(): CoreError {
  return new CoreError("not_found", "There is no such recovery.");
}
