/** The keys behind public ids, for whoever works on the database itself. */
import { fromUuidId, type UuidPrefix } from "../../server/src/core/ids/public-id.ts";

export function toUuid(prefix: UuidPrefix, id: string): string {
  const uuid = fromUuidId(prefix, id);
  if (uuid === null) throw new Error(`${id} is not an id of this kind`);
  return uuid;
}
