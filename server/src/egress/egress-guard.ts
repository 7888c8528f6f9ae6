/**
 * The one egress guard of a process: which ranges an operator opened, and how names are resolved. The check
 * of an endpoint's URL and the connector of deliveries are given the same guard, so they cannot disagree.
 */
import { parseCidr } from "./parse-address.ts";
import type { Cidr } from "./parse-address.ts";
import { NameResolver } from "./resolve-name.ts";

export interface EgressGuard extends Disposable {
  readonly allow: readonly Cidr[];
  readonly resolver: NameResolver;
}

export interface EgressGuardOptions {
  /** CIDR ranges or addresses, as in `POSTHORN_EGRESS_ALLOW`. */
  readonly allow: readonly string[];
  /** `address` or `address:port`; without it those of the machine. */
  readonly nameServers?: readonly string[] | undefined;
  readonly hostsFile?: string | undefined;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Throws for a range that cannot be read: a guard must not start with a hole or a wall nobody meant. */
export function createEgressGuard(options: EgressGuardOptions): EgressGuard {
  const allow = options.allow.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === null) throw new Error(`"${text}" is not a CIDR range such as 10.0.0.0/8 or fd00::/8.`);
    return cidr;
  });
  const resolver = new NameResolver(options);
  return { allow, resolver, [Symbol.dispose]: () => resolver[Symbol.dispose]() };
}
