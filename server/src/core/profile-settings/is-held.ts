/**
 * Whether endpoints of a profile are held in a tenant now. Ask with the endpoint's row locked, or the tenant's: whoever
 * switches deliveries off or on writes that first and the endpoints' rows then, so that either this sees it or that
 * finds the endpoint as it was left.
 */
import type { Queryable } from "../../db/database.ts";
import { selectProfileSettings } from "../../db/queries/select-profile-settings.ts";
import { holdsEndpoints, toProfileSettings } from "./profile-settings.ts";

export async function isHeld(
  transaction: Queryable,
  endpoint: { readonly tenantId: string; readonly profile: string },
): Promise<boolean> {
  return holdsEndpoints(toProfileSettings(await selectProfileSettings(transaction, endpoint)));
}
