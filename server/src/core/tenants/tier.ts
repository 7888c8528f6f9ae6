/**
 * Tiers: what a contract that knows them allows a tenant. Posthorn's own API knows none; an operator sets them, so that
 * callers of such a contract meet the bounds that they are used to.
 */

/** From the least to the most. */
export const TIERS = ["free", "pro", "org"] as const;
export type Tier = (typeof TIERS)[number];

/** Endpoints of one profile that a tenant may have. */
export const TIER_ENDPOINTS_MAX: Readonly<Record<Tier, number>> = { free: 1, pro: 10, org: 100 };

/** The next tier that allows more, or null above the last. */
export function nextTier(tier: Tier): Tier | null {
  return TIERS[TIERS.indexOf(tier) + 1] ?? null;
}
