import fc from "fast-check";
import { expect, test } from "vitest";

import { checkDialect, normaliseHost } from "./dialect.ts";
import { EVENT_CATALOGUES } from "./event-catalogues.ts";
import { isEventTypeName } from "../event-types/event-type.ts";
import { isReservedEventType } from "../event-types/reserved-event-types.ts";

test.each([
  ["Community.Example.com:8443", "community.example.com"],
  ["example.com.", "example.com"],
  ["localhost", "localhost"],
  ["127.0.0.1:4700", "127.0.0.1"],
  ["[2001:DB8::1]:443", "[2001:db8::1]"],
])("the header %s names the host %s", (header, host) => {
  expect(normaliseHost(header)).toBe(host);
});

test.each(["", "a b", "-a.example", "a..b", "http://a", "a/b", "a_b", "x".repeat(254), "é.example", "a:b:c", "[::1"])(
  "the header %j names no host",
  (header) => {
    expect(normaliseHost(header)).toBeNull();
  },
);

test("a host that was read is read the same again, and may be registered", () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.string()), (header) => {
      const host = normaliseHost(header);
      if (host === null) return;
      expect(normaliseHost(host)).toBe(host);
      expect(checkDialect({ hosts: [host] })).toEqual([]);
    }),
  );
});

test("every mistake is told with its place", () => {
  const hosts = ["example.com", "Example.com", "example.com:80", "example.com"];
  expect(checkDialect({ hosts, jwtSecret: "short" }).map(({ path, code }) => [path, code])).toEqual([
    ["/hosts/1", "invalid_format"],
    ["/hosts/2", "invalid_format"],
    ["/hosts/3", "repeated"],
    ["/jwtSecret", "out_of_bounds"],
  ]);
});

test.each(Object.entries(EVENT_CATALOGUES))("the types of %s can be registered, each once", (_name, types) => {
  expect(new Set(types).size).toBe(types.length);
  expect(types.filter((type) => !isEventTypeName(type) || isReservedEventType(type))).toEqual([]);
});
