/**
 * Reads the public ids of a path. A malformed id and an unknown one are the same to the caller: there is no such thing.
 */
import { CoreError } from "../../core/errors/core-error.ts";
import { fromNumberId, fromUuidId, type NumberPrefix, type UuidPrefix } from "../../core/ids/public-id.ts";

const NAMES: Readonly<Record<NumberPrefix | UuidPrefix, string>> = {
  ten: "tenant",
  ep: "endpoint",
  key: "API key",
  usr: "user",
  rec: "recovery",
  evt: "event",
  dlv: "delivery",
  att: "attempt",
};

/** The UUID of an id such as `ep_…`. Throws `not_found`. */
export function requireUuid(prefix: UuidPrefix, id: string): string {
  const uuid = fromUuidId(prefix, id);
  if (uuid === null) throw new CoreError("not_found", `There is no such ${NAMES[prefix]}.`);
  return uuid;
}

/** The number of an id such as `evt_…`. Throws `not_found`. */
export function requireNumber(prefix: NumberPrefix, id: string): number {
  const number = fromNumberId(prefix, id);
  if (number === null) throw new CoreError("not_found", `There is no such ${NAMES[prefix]}.`);
  return number;
}
