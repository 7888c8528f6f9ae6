/**
 * Whether a tenant had switched off a profile's deliveries at a time (pure): the first change after it says what was
 * before, and where there was none what holds now held then.
 */
import { holdsEndpoints, type ProfileSettings } from "../profile-settings/profile-settings.ts";
import type { HeldThen } from "./decide-not-sent.ts";
import { type Around, isClose } from "./settings-then.ts";

export function findHeldThen(heldNow: boolean, { before, after, complete }: Around, then: Date): HeldThen {
  const left = after === null ? heldNow : holds(after.before);
  const close = [before, after].some((change) => change !== null && isClose(change.at, then));
  const began = before !== null && holds(before.after) && !holds(before.before) ? before.at : null;
  return { held: left, at: left ? began : null, certainty: complete && !close ? "recorded" : "inferred" };
}

/** Only `changeProfileSettings` writes these texts. */
function holds(text: string | null): boolean {
  return text !== null && holdsEndpoints(JSON.parse(text) as ProfileSettings);
}
