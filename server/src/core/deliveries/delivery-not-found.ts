/** The answer for a delivery that is not the tenant's, never was, or went with its partition. */
import { CoreError } from "../errors/core-error.ts";

export function deliveryNotFound(): CoreError {
  return new CoreError("not_found", "There is no such delivery.");
}
