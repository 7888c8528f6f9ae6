/** Public ids in queries and bodies, read to what the core knows them by; another text is a mistake of the input. */
import { z } from "@hono/zod-openapi";

import { fromNumberId, fromUuidId, type NumberPrefix, type UuidPrefix } from "../../../core/ids/public-id.ts";

/** The number of an id such as `evt_…`. */
export function numberIdText(prefix: NumberPrefix) {
  return readBy(prefix, (text) => fromNumberId(prefix, text));
}

/** The UUID of an id such as `ep_…`. */
export function uuidIdText(prefix: UuidPrefix) {
  return readBy(prefix, (text) => fromUuidId(prefix, text));
}

function readBy<Key>(prefix: string, read: (text: string) => Key | null) {
  return z
    .string()
    .transform((text, context): Key => {
      const key = read(text);
      if (key !== null) return key;
      const message = `This is not an id that begins with ${prefix}_.`;
      context.issues.push({ code: "custom", message, params: { code: "invalid_format" }, input: text });
      return z.NEVER;
    })
    .openapi({ type: "string" });
}
