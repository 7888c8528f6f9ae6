/**
 * Decides whose address a request carries. `X-Forwarded-For` is a claim: it is read only when the socket's peer is a
 * trusted proxy, from right to left, up to the first address that no trusted proxy has. Everything left of that was
 * written by the client and proves nothing.
 */
import { BlockList, isIP } from "node:net";

export type TrustedProxies = Pick<BlockList, "check">;

const MAPPED_PREFIX = "::ffff:";

/** Reads addresses and CIDR ranges such as `10.0.0.0/8` or `fd00::/8`. Throws a plain Error that names the entry. */
export function parseTrustedProxies(ranges: readonly string[]): TrustedProxies {
  const trusted = new BlockList();
  for (const range of ranges) {
    const [address = "", bits, ...rest] = range.trim().split("/");
    const family = isIP(address);
    const width = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? width : Number(bits);
    const prefixIsSound = bits === undefined || (/^\d{1,3}$/.test(bits) && prefix <= width);
    if (family === 0 || rest.length > 0 || !prefixIsSound) {
      throw new Error(`Trusted proxy ${range}: expected an address or a range such as 10.0.0.0/8.`);
    }
    trusted.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return trusted;
}

/** The client's address in its usual text form, or null when the socket is already gone. */
export function clientAddress(request: {
  readonly remoteAddress: string | undefined;
  readonly forwardedFor: string | undefined;
  readonly trustedProxies: TrustedProxies;
}): string | null {
  if (request.remoteAddress === undefined) return null;
  let address = unmapped(request.remoteAddress);
  if (request.forwardedFor === undefined) return address;
  for (const claimed of request.forwardedFor.split(",").toReversed()) {
    if (!isTrusted(address, request.trustedProxies)) return address;
    const next = unmapped(claimed.trim());
    if (isIP(next) === 0) return address;
    address = next;
  }
  return address;
}

function isTrusted(address: string, trustedProxies: TrustedProxies): boolean {
  return trustedProxies.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** A dual-stack socket shows IPv4 peers as `::ffff:192.0.2.1`. */
function unmapped(address: string): string {
  if (!address.toLowerCase().startsWith(MAPPED_PREFIX)) return address;
  const rest = address.slice(MAPPED_PREFIX.length);
  return isIP(rest) === 4 ? rest : address;
}
