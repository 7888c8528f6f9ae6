/** The id and the body that an event of the feed has in a profile, as its deliveries have them. */
import { findProfile } from "../../profiles/find-profile.ts";
import type { ProfileName } from "../../profiles/profile.ts";
import { toNumberId } from "../ids/public-id.ts";
import type { FedEvent } from "./event-feed.ts";

export function wrapEvent(
  event: FedEvent,
  profileName: ProfileName,
): { readonly eventId: string; readonly body: Uint8Array } {
  const profile = findProfile(profileName);
  if (profile === null) throw new Error(`there is no profile ${profileName}`);
  const eventId = profile.eventId({ id: event.id, publicId: toNumberId("evt", event.id) });
  return { eventId, body: profile.wrap({ ...event, eventId }, "wrapped") };
}
