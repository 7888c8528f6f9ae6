/** Reads what a tenant has set for its endpoints of one profile; what nobody ever set has its defaults. */
import { selectProfileSettings } from "../../db/queries/select-profile-settings.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";
import { type ProfileSettings, toProfileSettings } from "./profile-settings.ts";

/** Throws `not_found`, `scope_required`. */
export async function getProfileSettings({
  context,
  actor,
  tenantId,
  profile,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly profile: EndpointProfile;
}): Promise<ProfileSettings> {
  requireScope(actor, tenantId, "endpoints:read");
  return toProfileSettings(await selectProfileSettings(context.database, { tenantId, profile }));
}
