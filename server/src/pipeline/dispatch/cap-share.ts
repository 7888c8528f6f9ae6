/**
 * A node's share of an endpoint's in-flight cap. The cap is the endpoint's, whatever the number of nodes, so the nodes
 * that dispatch divide it: each goes by its share alone, and nothing is asked of the database between two requests.
 * Written against N nodes that send N times the cap.
 */

export interface CapShare {
  /** Nodes that share each cap. */
  readonly divisor: number;
  /** Nodes before this one, which get what a division leaves over first; from 0. */
  readonly rank: number;
}

/** Of a node that is alone. */
export const WHOLE_CAP: CapShare = { divisor: 1, rank: 0 };

/** Of a node whose room the others have not made yet: one of each endpoint. A divisor above every cap. */
export const NEWCOMER: CapShare = { divisor: 2 ** 30, rank: 0 };

/**
 * Requests to one endpoint that this node may have under way: the shares of all nodes add up to the cap, and where
 * there are more nodes than the cap has room for, to one each.
 */
export function shareOfCap(cap: number, { divisor, rank }: CapShare): number {
  return Math.max(1, Math.floor((cap + spareOf({ divisor, rank })) / divisor));
}

/** What is added to a cap before it is divided, so that the first nodes round up and the others down. */
export function spareOf({ divisor, rank }: CapShare): number {
  return Math.max(0, divisor - 1 - rank);
}
