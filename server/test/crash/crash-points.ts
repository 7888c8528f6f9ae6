/**
 * The moments at which the server is killed: one for each boundary of the stages, named by what has happened and what
 * has not. Most are reached inside the server, which then kills itself; the receiver knows best when it has a request.
 */

/** In the order in which an event meets them. */
export const SERVER_POINTS = [
  /** The publish is read and in a batch; nothing has been sent to the database. */
  "publish received",
  /** The store statement is on its way; nobody knows whether it commits. */
  "store sent",
  /** The event is committed; the publisher has no answer. */
  "store committed",
  /** The publisher was answered. */
  "publish answered",
  /** Leased in the commit of its event; no request has left. */
  "leased by store",
  /** The claim has leased deliveries; its transaction is open. */
  "claim written",
  /** The claim is committed; no request has left. */
  "leased by claim",
  /** The receiver has answered; nothing is recorded. */
  "answer received",
  /** The record statement is on its way; nobody knows whether it commits. */
  "record sent",
  /** A record with a failure in it is written; its transaction is open. */
  "record written",
  /** The record is committed; the engine has not been told. */
  "record committed",
  /** A resend has moved the row from the log to the queue; its transaction is open. */
  "resend written",
  /** The move is committed; the lane's new turn is known to the database alone, and the caller has no answer. */
  "resend committed",
  /** The server is stopping, and something that was in flight was just recorded. */
  "drain under way",
  /** The server is stopping, and has given back what it did not finish. */
  "drain released",
  /** A restarted server has rescued what the one before it had in flight; nobody was woken. */
  "rescue committed",
] as const;

export type ServerPoint = (typeof SERVER_POINTS)[number];

/** Killed from outside: when the receiver has the request; at a random time; one node of two, by a point of its own. */
export type CrashPoint = ServerPoint | "request on the wire" | "at random" | "one of two nodes";

export interface PlannedCrash {
  readonly point: CrashPoint;
  /** Which time the point is passed from when the load began; of a random death how many milliseconds later it is. */
  readonly after: number;
  /** Where one of two nodes dies. */
  readonly pointOfTwo?: ServerPoint;
}

/** Every boundary of one server, in order. */
export const BOUNDARIES: readonly CrashPoint[] = [
  ...SERVER_POINTS.slice(0, SERVER_POINTS.indexOf("answer received")),
  "request on the wire",
  ...SERVER_POINTS.slice(SERVER_POINTS.indexOf("answer received")),
];

/**
 * How often a point is passed before it kills, at least and at most: far enough into the load that every stage is
 * busy, near enough that a round is short.
 */
export function occurrences(point: CrashPoint): readonly [min: number, max: number] {
  switch (point) {
    case "request on the wire":
    case "answer received":
    case "publish answered":
      return [100, 600];
    case "claim written":
    case "leased by claim":
      return [10, 40];
    case "record written":
      return [3, 20];
    case "resend written":
    case "resend committed":
      return [2, 12];
    // What is in flight at the end is recorded in a commit or two.
    case "drain under way":
    case "drain released":
    case "rescue committed":
      return [1, 1];
    default:
      return [10, 40];
  }
}
