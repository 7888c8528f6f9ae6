/**
 * The addresses that no request may leave for: every range of the IANA special-purpose registries of IPv4
 * and IPv6, multicast, what was special before it was withdrawn, and the metadata services of clouds.
 * `overridable` ranges may be opened by an operator's explicit CIDR; the others never, because nothing that
 * receives webhooks can live there, or because what lives there gives away credentials.
 *
 * Order matters: the first range that holds an address names it, so the particular stands before the general.
 * Registries: iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
 */
import { parseCidr } from "./parse-address.ts";
import type { Cidr } from "./parse-address.ts";

export interface ForbiddenRange {
  readonly cidr: Cidr;
  /** What the range is, as shown to people. */
  readonly name: string;
  /** The document that sets it apart. */
  readonly source: string;
  readonly overridable: boolean;
}

const NEVER = false;
const BY_EXPLICIT_CIDR = true;

export const forbiddenRanges: readonly ForbiddenRange[] = [
  range("0.0.0.0/8", "this network", "RFC 791", NEVER),
  range("10.0.0.0/8", "private", "RFC 1918", BY_EXPLICIT_CIDR),
  range("100.100.100.200/32", "cloud metadata service", "Alibaba Cloud ECS", NEVER),
  range("100.64.0.0/10", "shared address space of carrier-grade NAT", "RFC 6598", BY_EXPLICIT_CIDR),
  range("127.0.0.0/8", "loopback", "RFC 1122", BY_EXPLICIT_CIDR),
  range("168.63.129.16/32", "cloud metadata service", "Azure WireServer", NEVER),
  range("169.254.0.0/16", "link-local, where clouds serve metadata", "RFC 3927", NEVER),
  range("172.16.0.0/12", "private", "RFC 1918", BY_EXPLICIT_CIDR),
  range("192.0.0.192/32", "cloud metadata service", "Oracle Cloud Classic", NEVER),
  range("192.0.0.0/24", "IETF protocol assignments", "RFC 6890", NEVER),
  range("192.0.2.0/24", "documentation", "RFC 5737", NEVER),
  range("192.31.196.0/24", "AS112 anycast", "RFC 7535", NEVER),
  range("192.52.193.0/24", "automatic multicast tunnelling", "RFC 7450", NEVER),
  range("192.88.99.0/24", "6to4 relay anycast (withdrawn)", "RFC 7526", NEVER),
  range("192.168.0.0/16", "private", "RFC 1918", BY_EXPLICIT_CIDR),
  range("192.175.48.0/24", "AS112 anycast", "RFC 7534", NEVER),
  range("198.18.0.0/15", "benchmarking", "RFC 2544", BY_EXPLICIT_CIDR),
  range("198.51.100.0/24", "documentation", "RFC 5737", NEVER),
  range("203.0.113.0/24", "documentation", "RFC 5737", NEVER),
  range("224.0.0.0/4", "multicast", "RFC 5771", NEVER),
  range("255.255.255.255/32", "limited broadcast", "RFC 919", NEVER),
  range("240.0.0.0/4", "reserved", "RFC 1112", NEVER),

  range("::1/128", "loopback", "RFC 4291", BY_EXPLICIT_CIDR),
  range("::/128", "unspecified", "RFC 4291", NEVER),
  range("::ffff:0:0:0/96", "IPv4-translated", "RFC 2765", NEVER),
  range("::/96", "IPv4-compatible (withdrawn)", "RFC 4291", NEVER),
  range("64:ff9b:1::/48", "NAT64 for local use", "RFC 8215", NEVER),
  range("100::/64", "discard only", "RFC 6666", NEVER),
  range("100:0:0:1::/64", "dummy prefix", "RFC 9780", NEVER),
  range("2001::/32", "Teredo tunnelling", "RFC 4380", NEVER),
  range("2001:1::1/128", "port control protocol anycast", "RFC 7723", NEVER),
  range("2001:1::2/128", "TURN anycast", "RFC 8155", NEVER),
  range("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665", NEVER),
  range("2001:2::/48", "benchmarking", "RFC 5180", NEVER),
  range("2001:3::/32", "automatic multicast tunnelling", "RFC 7450", NEVER),
  range("2001:4:112::/48", "AS112 anycast", "RFC 7535", NEVER),
  range("2001:10::/28", "ORCHID (withdrawn)", "RFC 4843", NEVER),
  range("2001:20::/28", "ORCHIDv2", "RFC 7343", NEVER),
  range("2001:30::/28", "drone remote identification", "RFC 9374", NEVER),
  range("2001::/23", "IETF protocol assignments", "RFC 2928", NEVER),
  range("2001:db8::/32", "documentation", "RFC 3849", NEVER),
  range("2002::/16", "6to4 tunnelling", "RFC 3056", NEVER),
  range("2620:4f:8000::/48", "AS112 anycast", "RFC 7534", NEVER),
  range("3fff::/20", "documentation", "RFC 9637", NEVER),
  range("5f00::/16", "segment routing (SRv6) identifiers", "RFC 9602", NEVER),
  range("fd00:ec2::/32", "cloud metadata service", "Amazon EC2", NEVER),
  range("fd20:ce::/32", "cloud metadata service", "Google Compute Engine", NEVER),
  range("fd00:42::/32", "cloud metadata service", "Scaleway", NEVER),
  range("fc00::/7", "unique local (private)", "RFC 4193", BY_EXPLICIT_CIDR),
  range("fe80::/10", "link-local", "RFC 4291", NEVER),
  range("fec0::/10", "site-local (withdrawn)", "RFC 3879", NEVER),
  range("ff00::/8", "multicast", "RFC 4291", NEVER),
];

/** The only IPv6 space handed out for the public Internet; what lies outside is refused unread. */
export const globalUnicastIpv6: Cidr = cidr("2000::/3");

/** What an IPv6 address outside of `globalUnicastIpv6` and of every named range is called. */
export const unassignedIpv6: ForbiddenRange = range("::/0", "not assigned for public use", "RFC 4291", NEVER);

function range(text: string, name: string, source: string, overridable: boolean): ForbiddenRange {
  return { cidr: cidr(text), name, source, overridable };
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`not a CIDR range: ${text}`);
  return parsed;
}
