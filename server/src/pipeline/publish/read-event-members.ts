/**
 * Reads one event of a publish body from the spans of its members: type, channels and id are decoded and checked,
 * `data` stays a span of the received bytes. Every mistake is noted with its path, not only the first.
 */
import { decodeString } from "./decode-string.ts";
import { toPointerStep } from "./locate-json.ts";
import { MAX_PROBLEMS } from "./publish-problem.ts";
import type { PublishProblem, PublishProblemCode } from "./publish-problem.ts";
import type { MemberSpan } from "./scan-json.ts";
import { COMMA, OPEN_ARRAY, QUOTE, scanString, skipSpace } from "./scan-token.ts";

/** One event as published. The bytes [dataStart, dataEnd) of the body are its data, kept and sent as they came. */
export interface PublishInput {
  readonly type: string;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Null when the member is absent. */
  readonly channels: readonly string[] | null;
  /** The publisher's own key of this event, null when the member is absent. */
  readonly id: string | null;
}

export const MAX_DATA_BYTES = 262_144;
const MAX_CHANNELS = 10;

/** What a decoded string must be, and what is said when it is not. */
interface TextRule {
  readonly form: RegExp;
  readonly maxLength: number;
  readonly code: PublishProblemCode;
  readonly message: string;
}

const TYPE: TextRule = {
  form: /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/,
  maxLength: 128,
  code: "type_malformed",
  message: "type must be 1 to 128 letters, digits, _ and - in parts joined by full stops, such as invoice.paid.",
};
const CHANNEL: TextRule = {
  form: /^[a-zA-Z0-9\-_.]+$/,
  maxLength: 128,
  code: "channel_malformed",
  message: "A channel must be 1 to 128 letters, digits, -, _ and full stops.",
};
/** As long as an Idempotency-Key may be; without spaces, so that it reads the same in a log, a header and a query. */
const ID: TextRule = {
  form: /^[\x21-\x7e]+$/,
  maxLength: 200,
  code: "id_malformed",
  message: "id must be 1 to 200 visible ASCII characters, without spaces.",
};

/** A character within the rules above takes at most six bytes in the body, as \u0061. */
const MAX_BYTES_A_CHARACTER = 6;
const MAX_SHOWN_NAME_LENGTH = 128;

type Note = (step: string, code: PublishProblemCode, message: string) => void;

/**
 * The event with these members, or null when it has a problem; problems are added to `problems`, which must hold fewer
 * than MAX_PROBLEMS. `path` is the event's own.
 */
export function readEventMembers(
  bytes: Uint8Array,
  members: readonly MemberSpan[],
  path: string,
  problems: PublishProblem[],
): PublishInput | null {
  const before = problems.length;
  const note: Note = (step, code, message) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ path: path + step, code, message });
  };
  let type: string | null | undefined;
  let data: MemberSpan | undefined;
  let channels: readonly string[] | null = null;
  let id: string | null = null;

  for (const member of members) {
    switch (member.name) {
      case "type":
        type = readText(bytes, member.start, member.end, TYPE, "/type", note);
        break;
      case "data":
        data = member;
        if (member.end - member.start > MAX_DATA_BYTES) {
          note("/data", "data_too_large", `data must be at most ${MAX_DATA_BYTES} bytes as sent.`);
        }
        break;
      case "channels":
        channels = readChannels(bytes, member, note);
        break;
      case "id":
        id = readText(bytes, member.start, member.end, ID, "/id", note);
        break;
      default: {
        const step = toPointerStep(member.name.slice(0, MAX_SHOWN_NAME_LENGTH));
        note(step, "unknown_member", "Unknown member: an event has type, data, channels and id.");
      }
    }
  }
  if (type === undefined) note("/type", "missing_member", "type is missing: the event type, such as invoice.paid.");
  if (data === undefined) note("/data", "missing_member", "data is missing: the event's body, any JSON value.");
  if (problems.length > before || typeof type !== "string" || data === undefined) return null;
  return { type, dataStart: data.start, dataEnd: data.end, channels, id };
}

/** The text of the value at [start, end) when it is a string within the rule; else null and a problem. */
function readText(
  bytes: Uint8Array,
  start: number,
  end: number,
  rule: TextRule,
  step: string,
  note: Note,
): string | null {
  if (bytes[start] !== QUOTE) {
    note(step, "wrong_type", "This value must be a string.");
    return null;
  }
  const mayFit = end - start - 2 <= rule.maxLength * MAX_BYTES_A_CHARACTER;
  const text = mayFit ? decodeString(bytes, start, end) : "";
  if (text.length <= rule.maxLength && rule.form.test(text)) return text;
  note(step, rule.code, rule.message);
  return null;
}

function readChannels(bytes: Uint8Array, { start, end }: MemberSpan, note: Note): readonly string[] | null {
  if (bytes[start] !== OPEN_ARRAY) {
    note("/channels", "wrong_type", "channels must be an array of strings.");
    return null;
  }
  const channels: string[] = [];
  let count = 0;
  let i = skipSpace(bytes, start + 1);
  while (i < end - 1) {
    const step = `/channels/${count}`;
    count += 1;
    if (count > MAX_CHANNELS) {
      note("/channels", "too_many_channels", `channels holds at most ${MAX_CHANNELS}.`);
      return null;
    }
    if (bytes[i] !== QUOTE) {
      note(step, "wrong_type", "A channel must be a string.");
      return null;
    }
    const channelEnd = scanString(bytes, i);
    const channel = readText(bytes, i, channelEnd, CHANNEL, step, note);
    if (channel !== null && channels.includes(channel)) {
      note(step, "repeated_channel", "This channel is in the list already.");
    } else if (channel !== null) channels.push(channel);
    i = skipSpace(bytes, channelEnd);
    if (bytes[i] === COMMA) i = skipSpace(bytes, i + 1);
  }
  return channels;
}
