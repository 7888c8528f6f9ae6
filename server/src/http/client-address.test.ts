import { expect, test } from "vitest";

import { clientAddress, parseTrustedProxies } from "./client-address.ts";

const trustedProxies = parseTrustedProxies(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);
const addressOf = (remoteAddress: string | undefined, forwardedFor?: string) =>
  clientAddress({ remoteAddress, forwardedFor, trustedProxies });

test("a peer that is no trusted proxy is the client, whatever it claims", () => {
  expect(addressOf("203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
});

test.each([
  ["10.1.2.3", "198.51.100.1", "198.51.100.1"],
  ["10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
  ["::ffff:10.1.2.3", "2001:db8::5", "2001:db8::5"],
  ["fd00::1", "::ffff:198.51.100.1", "198.51.100.1"],
  ["192.0.2.7", "10.0.0.1, 10.0.0.2", "10.0.0.1"],
])("behind the proxy %s, %s means %s", (remote, forwardedFor, client) => {
  expect(addressOf(remote, forwardedFor)).toBe(client);
});

test("what is no address ends the walk at the last one that is", () => {
  expect(addressOf("10.1.2.3", "198.51.100.1, unknown")).toBe("10.1.2.3");
  expect(addressOf("10.1.2.3", "unknown, 198.51.100.1")).toBe("198.51.100.1");
  expect(addressOf("10.1.2.3", "")).toBe("10.1.2.3");
});

test("a mapped peer is shown as IPv4, and a socket that is gone has no address", () => {
  expect(addressOf("::ffff:203.0.113.9")).toBe("203.0.113.9");
  expect(addressOf(undefined, "198.51.100.1")).toBeNull();
});

test.each(["10.0.0.0/33", "fd00::/129", "10.0.0", "example.org", "10.0.0.0/", "10.0.0.0/8/8", ""])(
  "the range %j is refused",
  (range) => {
    expect(() => parseTrustedProxies([range])).toThrow(`Trusted proxy ${range}`);
  },
);
