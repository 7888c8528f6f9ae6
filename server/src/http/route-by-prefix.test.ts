import type { HttpBindings } from "@hono/node-server";
import { expect, test } from "vitest";

import { routeByPrefix } from "./route-by-prefix.ts";

const serve = (name: string) => () => new Response(name);
const route = routeByPrefix([{ prefix: "/api/v2/", fetch: serve("community") }], serve("native"));
// What is served needs nothing of the connection.
const env = {} as HttpBindings;

test.each([
  ["/api/v2/webhook/endpoint/?x=/v1/", "community"],
  ["/api/v2/", "community"],
  ["/api/v2", "native"],
  ["/api/v20/", "native"],
  ["/v1/api/v2/", "native"],
  ["/", "native"],
])("%s is served by the %s API", async (path, name) => {
  expect(await (await route(new Request(`http://127.0.0.1${path}`), env)).text()).toBe(name);
});
