/** The answer for an endpoint that is not the tenant's, never was, or is deleted: nobody learns which. */
import { CoreError } from "../errors/core-error.ts";

export function endpointNotFound(): CoreError {
  return new CoreError("not_found", "There is no such endpoint.");
}
