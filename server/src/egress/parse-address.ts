/**
 * Reads literal IPv4 and IPv6 addresses and CIDR ranges into numbers, so that ranges are compared as
 * numbers and never as text. Only canonical dotted-quad IPv4 is read: the disguises of a URL host
 * (`0x7f.1`, `2130706433`) are undone by the WHATWG parser before anything comes here.
 */
import { isIPv4, isIPv6 } from "node:net";

/** An address as a number: 32 bits for IPv4, 128 bits for IPv6. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses whose first `prefix` bits are those of `base`. */
export interface Cidr {
  readonly base: Address;
  readonly prefix: number;
  readonly text: string;
}

/** Null when the text is no literal address, or carries a zone id (`fe80::1%eth0`). */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 4, value: parseIpv4(text) };
  if (isIPv6(text) && !text.includes("%")) return { family: 6, value: parseIpv6(text) };
  return null;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; a bare address stands for itself alone. Null when it is neither. */
export function parseCidr(text: string): Cidr | null {
  const [host = "", length, ...rest] = text.trim().split("/");
  const base = parseAddress(host);
  if (base === null || rest.length > 0) return null;
  const bits = bitsOf(base.family);
  if (length === undefined) return { base, prefix: bits, text: `${host}/${bits}` };
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return null;
  return { base, prefix: Number(length), text: `${host}/${Number(length)}` };
}

/** Whether the address lies in the range. Families never match each other. */
export function cidrContains(cidr: Cidr, address: Address): boolean {
  if (cidr.base.family !== address.family) return false;
  const shift = BigInt(bitsOf(address.family) - cidr.prefix);
  return address.value >> shift === cidr.base.value >> shift;
}

/** The usual text of an IPv4 number. */
export function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

function bitsOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}

function parseIpv4(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  if (tail === undefined) return joinGroups(before);
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return joinGroups([...before, ...zeros, ...after]);
}

/** The 16-bit groups of one side of `::`; a dotted quad at the end counts as two. */
function groupsOf(side: string): bigint[] {
  if (side === "") return [];
  return side.split(":").flatMap((part) => {
    if (!part.includes(".")) return [BigInt(`0x${part}`)];
    const quad = parseIpv4(part);
    return [quad >> 16n, quad & 0xffffn];
  });
}

function joinGroups(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}
