/**
 * Decides whether a request may leave for a literal address. Pure.
 *
 * Written against an IPv4 address that hides in an IPv6 one: mapped, NAT64, 6to4, Teredo, ISATAP and
 * IPv4-compatible forms are decoded first and the address inside is judged too. Only the mapped form is
 * the same host as the address inside, so only it profits from an operator's allow list.
 */
import { forbiddenRanges, globalUnicastIpv6, unassignedIpv6 } from "./forbidden-ranges.ts";
import type { ForbiddenRange } from "./forbidden-ranges.ts";
import { cidrContains, formatIpv4, parseAddress, parseCidr } from "./parse-address.ts";
import type { Address, Cidr } from "./parse-address.ts";

/** `reason` is a full sentence for people: what the address is, by which document, and what could be done. */
export type AddressVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly range: string; readonly source: string; readonly reason: string };

interface EmbeddingForm {
  readonly name: string;
  readonly matches: (value: bigint) => boolean;
  readonly extract: (value: bigint) => bigint;
}

const LOW_32_BITS = 0xffff_ffffn;

const MAPPED: EmbeddingForm = form("IPv4-mapped", "::ffff:0:0/96", (value) => value & LOW_32_BITS);

const TUNNEL_FORMS: readonly EmbeddingForm[] = [
  form("NAT64", "64:ff9b::/96", (value) => value & LOW_32_BITS),
  form("local-use NAT64", "64:ff9b:1::/48", (value) => value & LOW_32_BITS),
  form("6to4", "2002::/16", (value) => (value >> 80n) & LOW_32_BITS),
  // RFC 4380 section 4: the client's address stands inverted in the last 32 bits.
  form("Teredo", "2001::/32", (value) => (value & LOW_32_BITS) ^ LOW_32_BITS),
  form("IPv4-translated", "::ffff:0:0:0/96", (value) => value & LOW_32_BITS),
  {
    // RFC 5214 section 6.1: an interface id of 0000:5efe or 0200:5efe, under any prefix.
    name: "ISATAP",
    matches: (value) => ((value >> 32n) & 0xfdff_ffffn) === 0x0000_5efen,
    extract: (value) => value & LOW_32_BITS,
  },
  // `::` and `::1` are addresses of their own, not 0.0.0.0 and 0.0.0.1 in disguise.
  {
    name: "IPv4-compatible",
    matches: (value) => value >> 32n === 0n && value > 1n,
    extract: (value) => value & LOW_32_BITS,
  },
];

const NAT64 = range96("64:ff9b::/96");

/**
 * Judges one literal address, as text without brackets.
 * @param allow ranges that an operator opened; they open private, loopback, shared and benchmarking space
 *   and nothing else.
 */
export function checkAddress(text: string, allow: readonly Cidr[]): AddressVerdict {
  const address = parseAddress(text);
  if (address === null) {
    const reason = text.includes("%")
      ? `${text} carries a zone id, which means something on one machine only.`
      : `${text} is not an address.`;
    return { allowed: false, range: "not an address", source: "RFC 4291", reason };
  }
  if (address.family === 4) return judge(text, address, allow);
  if (MAPPED.matches(address.value)) return judgeInner(text, MAPPED, address.value, allow);
  const tunnel = TUNNEL_FORMS.find((candidate) => candidate.matches(address.value));
  if (tunnel !== undefined) {
    const verdict = judgeInner(text, tunnel, address.value, []);
    if (!verdict.allowed) return verdict;
  }
  return judge(text, address, allow);
}

function judge(text: string, address: Address, allow: readonly Cidr[]): AddressVerdict {
  const range = findRange(address);
  if (range === null) return { allowed: true };
  if (range.overridable && allow.some((cidr) => cidrContains(cidr, address))) return { allowed: true };
  const what = range.cidr.prefix === 0 ? range.name : `${range.name} (${range.cidr.text}, ${range.source})`;
  const remedy = range.overridable ? " An operator may allow it with POSTHORN_EGRESS_ALLOW." : "";
  return {
    allowed: false,
    range: range.name,
    source: range.source,
    reason: `${text} is ${what}; no request leaves for it.${remedy}`,
  };
}

function judgeInner(text: string, shape: EmbeddingForm, value: bigint, allow: readonly Cidr[]): AddressVerdict {
  const inner: Address = { family: 4, value: shape.extract(value) };
  return judge(`${text}, the ${shape.name} form of ${formatIpv4(inner.value)},`, inner, allow);
}

function findRange(address: Address): ForbiddenRange | null {
  const named = forbiddenRanges.find((range) => cidrContains(range.cidr, address));
  if (named !== undefined) return named;
  if (address.family === 4 || cidrContains(globalUnicastIpv6, address) || cidrContains(NAT64, address)) return null;
  return unassignedIpv6;
}

function form(name: string, prefix: string, extract: (value: bigint) => bigint): EmbeddingForm {
  const cidr = range96(prefix);
  return { name, extract, matches: (value) => cidrContains(cidr, { family: 6, value }) };
}

function range96(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === null) throw new Error(`not a CIDR range: ${text}`);
  return cidr;
}
