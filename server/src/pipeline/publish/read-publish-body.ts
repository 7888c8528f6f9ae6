/**
 * Reads the body of a publish: `{"type","data","channels"?,"id"?}`, or `{"events":[…]}` with 1 to 100 of these. The
 * answer is what to store, with `data` as spans of the received bytes, or the list of what is wrong. A batch is all or
 * nothing: one bad event refuses it.
 */
import { listElementMembers, scanJson } from "./scan-json.ts";
import type { MemberSpan } from "./scan-json.ts";
import { MAX_PROBLEMS, toFaultProblem } from "./publish-problem.ts";
import type { PublishProblem } from "./publish-problem.ts";
import { readEventMembers } from "./read-event-members.ts";
import type { PublishInput } from "./read-event-members.ts";
import { toPointerStep } from "./locate-json.ts";
import { OPEN_ARRAY, OPEN_OBJECT, skipSpace } from "./scan-token.ts";

export type PublishBody =
  | { readonly kind: "events"; readonly events: readonly PublishInput[] }
  /** 1 to 20 problems, in the order of the body. */
  | { readonly kind: "refused"; readonly problems: readonly PublishProblem[] };

const MAX_BATCH_EVENTS = 100;
/** Levels around `data`: of the event; of the batch, its array and the event. */
const AROUND_ONE = 1;
const AROUND_MANY = 3;

/** Reads a body that publishes one event; `events` holds exactly one then. */
export function readPublishBody(bytes: Uint8Array): PublishBody {
  const members = readOutermost(bytes, AROUND_ONE);
  if ("code" in members) return refuse([members]);
  const problems: PublishProblem[] = [];
  const event = readEventMembers(bytes, members, "", problems);
  return event === null ? refuse(problems) : { kind: "events", events: [event] };
}

/** Reads a body that publishes many events. */
export function readBatchBody(bytes: Uint8Array): PublishBody {
  const members = readOutermost(bytes, AROUND_MANY);
  if ("code" in members) return refuse([members]);
  const problems: PublishProblem[] = [];
  const events = members.find(({ name }) => name === "events");
  for (const { name } of members) {
    if (problems.length === MAX_PROBLEMS) break;
    if (name === "events") continue;
    const path = toPointerStep(name.slice(0, 128));
    problems.push({ path, code: "unknown_member", message: "Unknown member: a batch has events only." });
  }
  if (events === undefined) {
    problems.push({ path: "/events", code: "missing_member", message: "events is missing: an array of events." });
    return refuse(problems);
  }
  const inputs = readEvents(bytes, events, problems);
  return problems.length > 0 ? refuse(problems) : { kind: "events", events: inputs };
}

function readEvents(bytes: Uint8Array, { start }: MemberSpan, problems: PublishProblem[]): PublishInput[] {
  const inputs: PublishInput[] = [];
  const note = (path: string, code: PublishProblem["code"], message: string): void => {
    problems.push({ path, code, message });
  };
  if (bytes[start] !== OPEN_ARRAY) {
    note("/events", "wrong_type", "events must be an array.");
    return inputs;
  }
  const elements = listElementMembers(bytes, start, MAX_BATCH_EVENTS + 1);
  if (elements.length === 0) note("/events", "empty_batch", "events is empty; send at least one.");
  if (elements.length > MAX_BATCH_EVENTS) {
    note("/events", "too_many_events", `events holds at most ${MAX_BATCH_EVENTS}.`);
    return inputs;
  }
  const ids = new Set<string>();
  for (const [index, members] of elements.entries()) {
    if (problems.length >= MAX_PROBLEMS) break;
    const path = `/events/${index}`;
    if (members === null) {
      note(path, "wrong_type", "An event must be an object.");
      continue;
    }
    const input = readEventMembers(bytes, members, path, problems);
    if (input === null) continue;
    if (input.id !== null && ids.has(input.id)) {
      note(`${path}/id`, "repeated_id", "An event before it in the batch has this id.");
    }
    if (input.id !== null) ids.add(input.id);
    inputs.push(input);
  }
  return inputs;
}

function readOutermost(bytes: Uint8Array, around: number): MemberSpan[] | PublishProblem {
  const members: MemberSpan[] = [];
  const fault = scanJson(bytes, members, around);
  if (fault !== null) return toFaultProblem(bytes, fault);
  if (bytes[skipSpace(bytes, 0)] === OPEN_OBJECT) return members;
  return { path: "", code: "wrong_type", message: "The body must be a JSON object." };
}

function refuse(problems: readonly PublishProblem[]): PublishBody {
  return { kind: "refused", problems: problems.slice(0, MAX_PROBLEMS) };
}
