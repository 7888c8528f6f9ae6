import { expect, test } from "vitest";

import { checkAddress } from "./check-address.ts";
import { parseCidr } from "./parse-address.ts";
import type { Cidr } from "./parse-address.ts";

const everything = ["0.0.0.0/0", "::/0"].map(cidr);

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

const overridable = [
  ["10.0.0.0", "private"],
  ["10.255.255.255", "private"],
  ["100.64.0.1", "shared address space"],
  ["100.127.255.255", "shared address space"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.0.1", "private"],
  ["198.18.0.1", "benchmarking"],
  ["198.19.255.255", "benchmarking"],
  ["::1", "loopback"],
  ["fc00::1", "unique local"],
  ["fdff:ffff::1", "unique local"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:a00:1", "private"],
  ["0:0:0:0:0:ffff:c0a8:0101", "private"],
] as const;

const never = [
  ["0.0.0.0", "this network"],
  ["0.1.2.3", "this network"],
  ["100.100.100.200", "metadata"],
  ["168.63.129.16", "metadata"],
  ["169.254.0.1", "link-local"],
  ["169.254.169.254", "link-local"],
  ["169.254.170.2", "link-local"],
  ["192.0.0.1", "IETF protocol assignments"],
  ["192.0.0.192", "metadata"],
  ["192.0.2.1", "documentation"],
  ["192.31.196.1", "AS112"],
  ["192.52.193.1", "automatic multicast tunnelling"],
  ["192.88.99.1", "6to4 relay"],
  ["192.175.48.1", "AS112"],
  ["198.51.100.7", "documentation"],
  ["203.0.113.9", "documentation"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.254", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::2", "this network"],
  ["::808:808", "IPv4-compatible"],
  ["::10.0.0.1", "private"],
  ["::ffff:0:a00:1", "private"],
  ["::ffff:0:808:808", "IPv4-translated"],
  ["::ffff:169.254.169.254", "link-local"],
  ["::ffff:0.0.0.0", "this network"],
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::7f00:1", "loopback"],
  ["64:ff9b::a9fe:a9fe", "link-local"],
  ["64:ff9b:1::808:808", "NAT64 for local use"],
  ["64:ff9b:1::10.0.0.1", "private"],
  ["64:ff9c::1", "not assigned"],
  ["100::1", "discard"],
  ["100:0:0:1::1", "dummy prefix"],
  ["100:0:0:2::1", "not assigned"],
  ["2001::f7f7:f7f7", "Teredo"],
  ["2001:0:4136:e378:8000:63bf:f5ff:fffe", "private"],
  ["2001:1::1", "port control protocol"],
  ["2001:1::2", "TURN"],
  ["2001:1::3", "DNS-SD"],
  ["2001:2::1", "benchmarking"],
  ["2001:3::1", "automatic multicast tunnelling"],
  ["2001:4:112::1", "AS112"],
  ["2001:10::1", "ORCHID"],
  ["2001:20::1", "ORCHIDv2"],
  ["2001:30::1", "drone remote identification"],
  ["2001:1ff::1", "IETF protocol assignments"],
  ["2001:db8::1", "documentation"],
  ["2002:808:808::1", "6to4"],
  ["2002:a00:1::1", "private"],
  ["2002:7f00:1::1", "loopback"],
  ["2620:4f:8000::1", "AS112"],
  ["3fff::1", "documentation"],
  ["3fff:fff::1", "documentation"],
  ["5f00::1", "SRv6"],
  ["4000::1", "not assigned"],
  ["fd00:ec2::254", "metadata"],
  ["fd00:ec2::23", "metadata"],
  ["fd20:ce::254", "metadata"],
  ["fd00:42::42", "metadata"],
  ["fe80::1", "link-local"],
  ["fe80::a9fe:a9fe", "link-local"],
  ["febf::1", "link-local"],
  ["fec0::1", "site-local"],
  ["ff02::1", "multicast"],
  ["2a00:1450::5efe:10.0.0.1", "private"],
  ["2a00:1450::200:5efe:127.0.0.1", "loopback"],
  ["fe80::1%eth0", "not an address"],
  ["::1%lo", "not an address"],
  ["example.com", "not an address"],
  ["127.1", "not an address"],
  ["", "not an address"],
] as const;

const allowed = [
  "8.8.8.8",
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "168.63.129.15",
  "169.253.255.255",
  "169.255.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "2a00:1450:4001:830::200e",
  "2606:4700:4700::1111",
  "2001:200::1",
  "2003::1",
  "3ffe::1",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2a00:1450::5efe:8.8.8.8",
];

test.each([...overridable, ...never])("%s is refused as %s", (address, range) => {
  const verdict = checkAddress(address, []);
  expect(verdict.allowed).toBe(false);
  if (verdict.allowed) return;
  expect(verdict.range).toContain(range);
  expect(verdict.reason).toContain(address);
});

test.each(overridable)("%s is allowed once an operator opens its range", (address) => {
  expect(checkAddress(address, everything)).toEqual({ allowed: true });
});

test.each(never)("%s is refused even when an operator opens everything", (address) => {
  expect(checkAddress(address, everything).allowed).toBe(false);
});

test.each(allowed)("%s is allowed", (address) => {
  expect(checkAddress(address, [])).toEqual({ allowed: true });
});

test("a range that an operator opens opens no other", () => {
  const allow = [cidr("10.1.0.0/16"), cidr("fd12::/32")];
  expect(checkAddress("10.1.255.255", allow).allowed).toBe(true);
  expect(checkAddress("10.2.0.0", allow).allowed).toBe(false);
  expect(checkAddress("fd12::1", allow).allowed).toBe(true);
  expect(checkAddress("fd13::1", allow).allowed).toBe(false);
});

test("the reason says what the address is, by which document, and whether an operator could allow it", () => {
  const verdict = checkAddress("2002:a00:1::1", []);
  expect(verdict).toMatchObject({ range: "private", source: "RFC 1918" });
  expect(checkAddress("10.0.0.1", [])).toMatchObject({ reason: expect.stringContaining("POSTHORN_EGRESS_ALLOW") });
  expect(checkAddress("169.254.169.254", [])).not.toMatchObject({ reason: expect.stringContaining("EGRESS_ALLOW") });
});
