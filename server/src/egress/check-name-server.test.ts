import { Resolver } from "node:dns";

import { expect, test } from "vitest";

import { checkNameServer } from "./check-name-server.ts";

test.each(["192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"])(
  "takes %s, as the resolver does",
  (text) => {
    checkNameServer(text);
    new Resolver().setServers([text]);
  },
);

test.each(["", "ns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2", "[192.0.2.1]:53", "x:53"])(
  "refuses %j",
  (text) => {
    expect(() => checkNameServer(text)).toThrow("is not the address of a name server");
  },
);
