import { BlockList } from "node:net";

import fc from "fast-check";
import { expect, test } from "vitest";

import { cidrContains, parseAddress, parseCidr } from "./parse-address.ts";

test("ranges hold the addresses that Node's own block list finds in them", () => {
  const ranges = fc.oneof(
    fc.record({ base: fc.ipV4(), prefix: fc.nat(32), family: fc.constant("ipv4" as const), address: fc.ipV4() }),
    fc.record({ base: fc.ipV6(), prefix: fc.nat(128), family: fc.constant("ipv6" as const), address: fc.ipV6() }),
  );
  fc.assert(
    fc.property(ranges, fc.boolean(), ({ base, prefix, family, address }, same) => {
      const asked = same ? base : address;
      const cidr = parseCidr(`${base}/${prefix}`);
      const parsed = parseAddress(asked);
      const list = new BlockList();
      list.addSubnet(base, prefix, family);
      expect(cidr !== null && parsed !== null && cidrContains(cidr, parsed)).toBe(list.check(asked, family));
    }),
  );
});

test("text that is no range is refused and never throws", () => {
  fc.assert(fc.property(fc.string(), (text) => parseCidr(text) === null || text.trim().length > 0));
  for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "fe80::1%eth0/64", "/8"]) {
    expect(parseCidr(text), text).toBeNull();
  }
});
