/**
 * Turns the host of a URL into the addresses a request may be sent to, or into the reason why none.
 *
 * Fail closed: one forbidden address among several refuses the whole name, because a name that points
 * inside and outside at once is how rebinding starts, and the next try would pick another one.
 */
import { isIP } from "node:net";

import { checkAddress } from "./check-address.ts";
import type { EgressGuard } from "./egress-guard.ts";

export type VettedHost =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly code: "blocked_address" | "dns_not_found" | "dns_timeout"; readonly detail: string };

/** @param host a name or a literal address without brackets, as the WHATWG parser normalised it. Never throws. */
export async function vetHost(host: string, guard: EgressGuard): Promise<VettedHost> {
  if (isIP(host) !== 0) return vetAddresses(host, [host], guard);
  const resolution = await guard.resolver.resolve(host);
  if (!resolution.ok) return resolution;
  return vetAddresses(host, resolution.addresses, guard);
}

/** The literal address of a URL's host without brackets, or null when the host is a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? null : bare;
}

function vetAddresses(host: string, addresses: readonly string[], guard: EgressGuard): VettedHost {
  for (const address of addresses) {
    const verdict = checkAddress(address, guard.allow);
    if (verdict.allowed) continue;
    const detail = address === host ? verdict.reason : `${host} resolves to a forbidden address: ${verdict.reason}`;
    return { ok: false, code: "blocked_address", detail };
  }
  return { ok: true, addresses };
}
