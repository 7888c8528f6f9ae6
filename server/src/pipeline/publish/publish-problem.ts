/**
 * What a publish body can have wrong with it: a closed list of stable codes, each problem with the path of the mistake.
 * Messages never repeat a value of the body; which HTTP status a code becomes is decided where it is answered.
 */
import { locateJson } from "./locate-json.ts";
import type { JsonFault, JsonFaultCode } from "./scan-json.ts";

export type PublishProblemCode =
  | JsonFaultCode
  | "wrong_type"
  | "missing_member"
  | "unknown_member"
  | "type_malformed"
  | "data_too_large"
  | "too_many_channels"
  | "channel_malformed"
  | "repeated_channel"
  | "id_malformed"
  | "repeated_id"
  | "empty_batch"
  | "too_many_events";

export interface PublishProblem {
  /** JSON Pointer into the body, for example `/events/3/type`; "" is the body itself. */
  readonly path: string;
  readonly code: PublishProblemCode;
  /** One sentence for the publisher's developer. */
  readonly message: string;
}

/** The first problems are enough to act on; a hostile body could hold a hundred thousand. */
export const MAX_PROBLEMS = 20;

/** The problem of a body that is not the JSON we accept. */
export function toFaultProblem(bytes: Uint8Array, fault: JsonFault): PublishProblem {
  return { path: locateJson(bytes, fault.at), code: fault.code, message: explainFault(fault, bytes.length) };
}

function explainFault({ code, at }: JsonFault, length: number): string {
  switch (code) {
    case "malformed_json":
      if (length === 0) return "The body is empty; it must be a JSON object.";
      return at >= length
        ? `The body ends at byte ${length}, before its JSON is complete.`
        : `The body is not JSON: byte ${at} cannot stand there.`;
    case "byte_order_mark":
      return "The body starts with a byte order mark; send UTF-8 without one.";
    case "invalid_utf8":
      return "The body is not valid UTF-8.";
    case "duplicate_member":
      return `The member whose name starts at byte ${at} is in its object already; names must differ.`;
    case "nested_too_deeply":
      return "Objects and arrays are nested more than 100 levels deep here.";
  }
}
