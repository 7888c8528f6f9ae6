/**
 * How many times its share of an endpoint's in-flight cap a node may lease. Of those leased it sends no more than its
 * share at once; the others are answered and wait for their record, or stand in line, so that a fast receiver waits
 * neither for a commit nor for a claim.
 */
export const LEASE_AHEAD = 4;
