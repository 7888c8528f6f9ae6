/**
 * What an unfinished delivery waits for, in words and as a stable code. Pure; the first that is true is what holds it.
 * Which node has it is the operator's business and is not said here.
 */
import type { StandingRow } from "../../db/queries/read-standing.ts";

export const STANDING_CODES = [
  "in_flight",
  "node_lost",
  "endpoint_ended",
  "endpoint_paused",
  "endpoint_held",
  "key_unavailable",
  "not_due",
  "parked",
  "capped",
  "its_turn",
] as const;
export type StandingCode = (typeof STANDING_CODES)[number];

export interface Standing {
  readonly code: StandingCode;
  readonly text: string;
  /** What to do about it; null where nothing is to be done. */
  readonly advice: string | null;
  /** When that ends, where it is known. */
  readonly until: Date | null;
}

/** Counted no further: what is ahead of it is read row by row. */
export const AHEAD_COUNTED_MAX = 10_000;

/** `countedUpTo` is how far `row.ahead` was counted. */
export function describeStanding(row: StandingRow, now: Date, countedUpTo = AHEAD_COUNTED_MAX): Standing {
  if (row.node_id !== null) return describeLeased(row);
  if (row.endpoint_deleted || row.endpoint_status === "disabled") {
    const what = row.endpoint_deleted ? "deleted" : "disabled";
    const text = `The endpoint has been ${what}; this delivery is about to end as cancelled.`;
    return { code: "endpoint_ended", text, advice: null, until: null };
  }
  if (row.endpoint_status === "paused") return describePaused(row);
  if (row.due_at > now) return describeLater(row);
  if (row.parked_until !== null && row.parked_until > now) {
    return {
      code: "parked",
      text: "It is due and held back with its whole endpoint, by the rate limit or since the receiver asked for time.",
      advice: "Raise the endpoint's rate limit if the receiver takes more; a Retry-After ends by itself.",
      until: row.parked_until,
    };
  }
  if (row.capped) {
    return {
      code: "capped",
      text: `It is due and waits for room under the endpoint's in-flight cap, ${describeAhead(row, countedUpTo)}.`,
      advice: "Let the receiver answer sooner, or raise maxInFlight.",
      until: null,
    };
  }
  return {
    code: "its_turn",
    text: `It is due and waits for its turn, ${describeAhead(row, countedUpTo)}.`,
    advice: null,
    until: null,
  };
}

function describeLeased({ host }: StandingRow): Standing {
  if (host !== null) return { code: "in_flight", text: "It is on its way now.", advice: null, until: null };
  const text = "The node that had it is gone. It is taken back and sent again in a moment.";
  return { code: "node_lost", text, advice: null, until: null };
}

function describePaused({ endpoint_reason: reason, endpoint_changed_at: at }: StandingRow): Standing {
  const since = at.toISOString();
  if (reason === "held") {
    return {
      code: "endpoint_held",
      text: `It waits: the tenant has switched off all deliveries of the endpoint's profile since ${since}.`,
      advice: "Switch the profile's deliveries on again; what waits is sent then.",
      until: null,
    };
  }
  const by = reason === "failing" ? "paused by this server after it had failed for too long," : "paused";
  return {
    code: "endpoint_paused",
    text: `It waits: the endpoint is ${by} since ${since}.`,
    advice: "Resume the endpoint once the receiver works; what waits is sent then, nothing is lost.",
    until: null,
  };
}

function describeLater({ due_at: until, last_class: last }: StandingRow): Standing {
  if (last === "key_unavailable") {
    return {
      code: "key_unavailable",
      text: "Nothing was sent: the key that encrypts the endpoint's secrets is not available. It is looked for again soon.",
      advice: "The operator has to restore the missing key; no try is spent until then.",
      until,
    };
  }
  return { code: "not_due", text: "It waits until it is due.", advice: null, until };
}

function describeAhead({ ahead }: StandingRow, countedUpTo: number): string {
  if (ahead === 0) return "and is the next of its endpoint";
  const count = ahead >= countedUpTo ? `at least ${ahead}` : String(ahead);
  return `with ${count} of its endpoint before it`;
}
