/**
 * How many times its share of an endpoint's in-flight cap a node may lease in one go, of an endpoint of which it holds
 * less than that share. Of those leased it sends no more than its share at once; the others are answered and wait for
 * their record, or stand in line, so that a fast receiver waits neither for a commit nor for a claim. What its
 * receiver takes in a moment decides on the short way where it holds its share already (`crowded` in flight-deck.ts),
 * and in a claim where that is more (`fast`).
 */
export const LEASE_AHEAD = 4;

/** Endpoints of which this node holds as many as it may send at once, or more. */
export interface CrowdedEndpoints {
  readonly endpointIds: readonly string[];
  /** How many more of each it may lease. */
  readonly rooms: readonly number[];
}

/** Endpoints whose receivers take more within a moment than is leased ahead of any. */
export interface FastEndpoints {
  readonly endpointIds: readonly string[];
  /** How many of each this node may hold. */
  readonly holds: readonly number[];
}
