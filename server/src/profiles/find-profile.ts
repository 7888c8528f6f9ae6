/** The profile of a name as it is stored with an endpoint. */
import type { Profile } from "./profile.ts";
import { selfcommunity } from "./selfcommunity.ts";
import { standard } from "./standard.ts";
import { thesignup } from "./thesignup.ts";
import { velt } from "./velt.ts";

const profiles: ReadonlyMap<string, Profile> = new Map(
  [standard, selfcommunity, velt, thesignup].map((profile) => [profile.name, profile]),
);

/** Null for a name that this server has no profile of. */
export function findProfile(name: string): Profile | null {
  return profiles.get(name) ?? null;
}
