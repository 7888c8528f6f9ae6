/** The texts by which a list of the contract is read on (pure): positions of the core's list, opaque to callers. */
import { z } from "zod";

import type { EndpointPosition } from "../../core/endpoints/list-endpoints-both-ways.ts";
import { invalid } from "./refusals.ts";

const number = z.int32();
const positionSchema = z.union([z.strictObject({ after: number }), z.strictObject({ before: number })]);

export function toIterator(position: EndpointPosition | null): string | null {
  return position === null ? null : Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Null without one, or with an empty one: the first page. Throws `validation_failed`. */
export function fromIterator(iterator: string | null | undefined): EndpointPosition | null {
  if (iterator == null || iterator === "") return null;
  const position = positionSchema.safeParse(parse(iterator));
  if (!position.success) throw invalid("iterator is not one that this operation returned.");
  return position.data;
}

function parse(iterator: string): unknown {
  try {
    return JSON.parse(Buffer.from(iterator, "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
