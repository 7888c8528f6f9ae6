/**
 * How many times its share of an endpoint's in-flight cap a node may lease in one go, of an endpoint of which it holds
 * less than that share. Of those leased it sends no more than its share at once; the others are answered and wait for
 * their record, or stand in line, so that a fast receiver waits neither for a commit nor for a claim. Of an endpoint of
 * which it holds its share already, what its receiver takes in a moment decides (`crowded` in flight-deck.ts).
 */
export const LEASE_AHEAD = 4;
