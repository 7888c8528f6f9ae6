/** The answer for an event that is not the tenant's, never was, or went with its partition. */
import { CoreError } from "../errors/core-error.ts";

export function eventNotFound(): CoreError {
  return new CoreError("not_found", "There is no such event.");
}
