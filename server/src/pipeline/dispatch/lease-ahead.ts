/**
 * How many times its in-flight cap an endpoint's deliveries may be leased to nodes. Of those leased, a node sends no
 * more than the cap at once; the others are answered and wait for their record, or stand in line, so that a fast
 * receiver waits neither for a commit nor for a claim.
 */
export const LEASE_AHEAD = 4;
