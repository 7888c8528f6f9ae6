/** Traces of a running server, as a receiver of OTLP over HTTP gets them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { startTestServer } from "../../test/support/start-server.ts";
import { EVENT_TYPE, storyTenant } from "../../test/support/story-tenant.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const CALLER_SPAN = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${CALLER_SPAN}-01`;

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Keeps every span that it is sent. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { scopeSpans } of (body as Export).resourceSpans)
        spans.push(...scopeSpans.flatMap((one) => one.spans));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const attributeOf = (span: Span | undefined, key: string): unknown =>
  Object.values(span?.attributes.find((one) => one.key === key)?.value ?? {})[0];

it("carries the publisher's trace through every step, also where the delivery waits for a claim", async () => {
  await using collector = await startCollector();
  await using receiver = await startReceiver();
  const server = await startTestServer({
    database,
    config: { traces: { url: collector.url, serviceName: "hooks", ratio: 1 } },
  });
  const tenant = await storyTenant(server);
  const direct = await tenant.endpoint(receiver.url);
  // A rate limit is taken in the claim: no short way.
  const claimed = await tenant.endpoint(receiver.url, { rateLimitPerSecond: 100 });
  const options = { headers: { traceparent: TRACEPARENT } };
  const answer = await tenant.client.post(`${tenant.path}/events`, { type: EVENT_TYPE, data: {} }, options);
  expect(answer.status).toBe(202);
  await tenant.delivery(answer.body.id, direct.id, "succeeded");
  await server.server.engine.dispatchOnce();
  await tenant.delivery(answer.body.id, claimed.id, "succeeded");
  // A stop sends what was not sent yet.
  await server[Symbol.asyncDispose]();

  const ofTrace = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  expect(ofTrace.map(({ name }) => name).toSorted()).toEqual([
    "posthorn.claim",
    "posthorn.deliver",
    "posthorn.deliver",
    "posthorn.publish",
    "posthorn.record",
    "posthorn.record",
    "posthorn.store",
  ]);
  const publish = ofTrace.find(({ name }) => name === "posthorn.publish");
  expect(publish?.parentSpanId).toBe(CALLER_SPAN);
  expect(attributeOf(publish, "http.response.status_code")).toBe(202);
  for (const span of ofTrace) {
    if (span === publish) continue;
    expect(span.parentSpanId).toBe(publish?.spanId);
    expect(attributeOf(span, "posthorn.event.id")).toBe(answer.body.id);
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  }
  const claim = ofTrace.find(({ name }) => name === "posthorn.claim");
  expect(attributeOf(claim, "posthorn.endpoint.id")).toBe(claimed.id);
});

it("begins a trace where the publisher has none, or one that is malformed", async () => {
  await using collector = await startCollector();
  const server = await startTestServer({
    database,
    config: { traces: { url: collector.url, serviceName: "hooks", ratio: 1 } },
  });
  const tenant = await storyTenant(server);
  for (const headers of [
    {},
    { traceparent: "00-zz-1-01" },
    { traceparent: `00-${"0".repeat(32)}-${CALLER_SPAN}-01` },
  ]) {
    const answer = await tenant.client.post(`${tenant.path}/events`, { type: EVENT_TYPE, data: {} }, { headers });
    expect(answer.status).toBe(202);
  }
  await server[Symbol.asyncDispose]();
  const roots = collector.spans.filter(({ name }) => name === "posthorn.publish");
  expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(3);
  expect(roots.filter(({ parentSpanId }) => parentSpanId !== undefined && parentSpanId !== "")).toEqual([]);
});

it("keeps no trace where nothing is traced", async () => {
  await using server = await startTestServer({ database });
  const tenant = await storyTenant(server);
  const options = { headers: { traceparent: TRACEPARENT } };
  await tenant.client.post(`${tenant.path}/events`, { type: EVENT_TYPE, data: {} }, options);
  const [row] = await database.query<{ traced: number }>(
    {
      name: "test-traced",
      text: `select count(e.traceparent)::integer as traced from events e join tenants t on t.id = e.tenant_id
        where t.slug = $1::text`,
    },
    [tenant.slug],
  );
  expect(row?.traced).toBe(0);
});

it("delivers while the receiver of traces is away", async () => {
  await using receiver = await startReceiver();
  const server = await startTestServer({
    database,
    config: { traces: { url: "http://127.0.0.1:1/v1/traces", serviceName: "hooks", ratio: 1 } },
  });
  const tenant = await storyTenant(server);
  const endpoint = await tenant.endpoint(receiver.url);
  await tenant.delivery(await tenant.publish(), endpoint.id, "succeeded");
  await server[Symbol.asyncDispose]();
});
