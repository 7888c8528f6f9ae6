/** How a receiver of a run answers: well, or in one of the ways in which receivers are bad neighbours. */
import { verifyStandard } from "@posthorn/signing";

export type AnswerRule =
  | { readonly kind: "accept" }
  /** Never answers. */
  | { readonly kind: "hang" }
  | { readonly kind: "fail"; readonly status: number }
  /** Fails this share of the requests, evenly. */
  | { readonly kind: "fail_share"; readonly share: number; readonly status: number }
  /** Takes so many a second; what is beyond gets 429 with `Retry-After`. */
  | { readonly kind: "limit"; readonly perSecond: number; readonly retryAfterSeconds: number }
  /** Takes only what verifies with the secret that it holds at the moment. */
  | { readonly kind: "verify" };

export interface ReceivedRequest {
  readonly bytes: Buffer;
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  readonly nowMicros: number;
}

/** The answer's bytes, and whether it accepts; null: none, ever. */
export type Answer = { readonly bytes: Buffer; readonly accepts: boolean } | null;

export interface Answering {
  readonly answer: (request: ReceivedRequest) => Answer | Promise<Answer>;
  /** The secret that is held from now on. */
  trust(secret: string): void;
}

const MICROS = 1_000_000;
const ACCEPT: Answer = { bytes: toBytes("200 OK"), accepts: true };

export function createAnswering(rule: AnswerRule): Answering {
  let secret: string | null = null;
  const trust = (next: string): void => void (secret = next);
  switch (rule.kind) {
    case "accept":
      return { answer: () => ACCEPT, trust };
    case "hang":
      return { answer: () => null, trust };
    case "fail":
      return { answer: () => refuse(rule.status), trust };
    case "fail_share":
      return { answer: everySoOften(rule.share, refuse(rule.status)), trust };
    case "limit":
      return { answer: limit(rule), trust };
    case "verify":
      return { answer: (request) => verify(request, secret), trust };
  }
}

function everySoOften(share: number, refusal: Answer): Answering["answer"] {
  let owed = 0;
  return () => {
    owed += share;
    if (owed < 1) return ACCEPT;
    owed -= 1;
    return refusal;
  };
}

/** A token bucket that holds what comes in a second, as most limits of so many a second are. */
function limit({ perSecond, retryAfterSeconds }: AnswerRule & { kind: "limit" }): Answering["answer"] {
  const refusal = refuse(429, `retry-after: ${retryAfterSeconds}\r\n`);
  let tokens = perSecond;
  let filledAt = 0;
  return ({ nowMicros }) => {
    tokens = Math.min(perSecond, tokens + ((nowMicros - filledAt) / MICROS) * perSecond);
    filledAt = nowMicros;
    if (tokens < 1) return refusal;
    tokens -= 1;
    return ACCEPT;
  };
}

async function verify({ bytes, start, bodyStart, end }: ReceivedRequest, secret: string | null): Promise<Answer> {
  if (secret === null) return refuse(503);
  const lines = bytes.toString("latin1", start, bodyStart).split("\r\n").slice(1);
  const headers = Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return colon === -1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );
  // The socket's buffer is read again while this one is looked at.
  const body = Buffer.from(bytes.subarray(bodyStart, end));
  try {
    await verifyStandard({ secret, headers, body });
    return ACCEPT;
  } catch {
    return refuse(400);
  }
}

function refuse(status: number, headers = ""): Answer {
  return { bytes: toBytes(`${status} No`, headers), accepts: false };
}

function toBytes(status: string, headers = ""): Buffer {
  return Buffer.from(`HTTP/1.1 ${status}\r\n${headers}content-length: 0\r\n\r\n`, "latin1");
}
