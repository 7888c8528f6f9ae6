/**
 * Takes the keys out of a ring that are not those whose ids they carry. A value sealed, or an audit row signed, with such
 * a key would be lost, or look forged, from the moment the right one is back: until then what needs it waits, and what
 * changes something is refused.
 */
import type { Queryable } from "../../db/database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { findKeyFaults, type KeyFault } from "./find-key-faults.ts";

export async function trustKeyRing(given: {
  readonly database: Queryable;
  readonly keyRing: KeyRing;
}): Promise<{ readonly keyRing: KeyRing; readonly faults: readonly KeyFault[] }> {
  const faults = await findKeyFaults(given);
  return { keyRing: given.keyRing.without(faults.map(({ keyId }) => keyId)), faults };
}
