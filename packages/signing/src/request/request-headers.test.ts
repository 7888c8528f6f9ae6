import { createServer, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";

import { getHeader } from "./request-headers.ts";

test("a Headers object is read in any case", () => {
  expect(getHeader(new Headers({ "Webhook-ID": "evt_1" }), "webhook-id")).toBe("evt_1");
});

test.each(["webhook-id", "Webhook-Id", "WEBHOOK-ID"])("a plain record is read when it says %s", (name) => {
  expect(getHeader({ [name]: "evt_1" }, "webhook-id")).toBe("evt_1");
});

test("a record may hold a list of one, and a header named get", () => {
  expect(getHeader({ get: "something", "webhook-id": ["evt_1"] }, "webhook-id")).toBe("evt_1");
});

test("the headers of a Node request are read as they are", async () => {
  const headers = await receiveHeaders({ "SelfCommunity-Signature": "t=1,v1=aa" });
  expect(getHeader(headers, "SelfCommunity-Signature")).toBe("t=1,v1=aa");
});

test.each([{}, { "webhook-id": undefined }, { "webhook-id": "" }, { "webhook-id": [] }])("%j has no id", (headers) => {
  expect(() => getHeader(headers, "webhook-id")).toThrow(expect.objectContaining({ code: "missing_header" }));
});

test("a Headers object without the header has none", () => {
  expect(() => getHeader(new Headers(), "webhook-id")).toThrow(expect.objectContaining({ code: "missing_header" }));
});

test.each([{ "webhook-id": ["evt_1", "evt_2"] }, { "webhook-id": "evt_1", "Webhook-Id": "evt_1" }])(
  "%j has it twice, and none is chosen",
  (headers) => {
    expect(() => getHeader(headers, "webhook-id")).toThrow(expect.objectContaining({ code: "malformed_header" }));
  },
);

/** Sends one request to a real server and gives back what Node made of its headers. */
async function receiveHeaders(sent: Record<string, string>): Promise<IncomingHttpHeaders> {
  const received = Promise.withResolvers<IncomingHttpHeaders>();
  const server = createServer((incoming, response) => {
    received.resolve(incoming.headers);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    request({ port, host: "127.0.0.1", method: "POST", headers: sent, agent: false }).end();
    return await received.promise;
  } finally {
    server.close();
  }
}
