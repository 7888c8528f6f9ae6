/** The vendor's own client, as npm has it, against the real server: every method it has, in the order of its own tests. */
import { createRequire } from "node:module";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startReceiver } from "../../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../../support/start-server.ts";
import { type Community, openCommunity } from "./open-community.ts";

interface Endpoint {
  readonly id: number;
  readonly is_active: boolean;
  readonly target: string;
  readonly events: readonly { readonly type: string }[];
}
interface List {
  readonly count: number;
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

/** What is used of the client; its own types need a bundler. */
interface Client {
  readonly http: {
    setBasePortal(url: string): void;
    setAuthorizeToken(token: string): void;
  };
  generateJWTToken(userId: unknown, secret: string, expirationTime?: string): Promise<string>;
  readonly WebhookService: {
    getAllWebhookEndpoints(config?: object): Promise<List>;
    getAllWebhookEvents(): Promise<string[]>;
    createWebhookEndpoint(body: object): Promise<Endpoint>;
    getASpecificWebhookEndpoint(id: number): Promise<Endpoint>;
    updateASpecificWebhookEndpoint(id: number, body: object): Promise<Endpoint>;
    updateASingleWebhookEndpointField(id: number, body: object): Promise<Endpoint>;
    deleteWebhookEndpoint(id: number): Promise<unknown>;
    getAllWebhookEndpointAttempts(id: number, config?: object): Promise<List>;
    expireWebhookSigningSecret(id: number): Promise<Endpoint>;
    revealWebhookSigningSecret(id: number): Promise<{ readonly signing_secret: string }>;
    resendWebhookEndpointEvent(id: number, event: number): Promise<unknown>;
    resendMultipleWebhookEndpointEvent(id: number, event: readonly number[]): Promise<unknown>;
  };
}

// Its ES modules import folders, which Node does not; its CommonJS is whole.
const client = createRequire(import.meta.url)("@selfcommunity/api-services") as Client;
const service = client.WebhookService;

let world: TestServer;
let community: Community;
beforeAll(async () => {
  world = await startTestServer();
  community = await openCommunity(world);
  client.http.setBasePortal(community.baseUrl);
  // Its own test harness reads the user from the environment, so as a text.
  client.http.setAuthorizeToken(await client.generateJWTToken("7", community.jwtSecret, "2h"));
});
afterAll(() => world[Symbol.asyncDispose]());

test("every method of the client works, in the order of its own tests", async () => {
  const body = { target: "https://webhook.site/1f0f0f0f", events: [{ type: "comment.created" }] };
  const created = await service.createWebhookEndpoint({ ...body, is_active: true });
  expect(created).toMatchObject({ ...body, id: expect.any(Number), is_active: true });

  const replaced = { target: "https://webhook.site/2f0f0f0f", events: [{ type: "comment.updated" }] };
  expect(await service.updateASpecificWebhookEndpoint(created.id, replaced)).toMatchObject(replaced);
  expect(await service.updateASingleWebhookEndpointField(created.id, { is_active: true })).toMatchObject(replaced);

  const list = await service.getAllWebhookEndpoints({ params: { limit: 1, ordering: "-created_at" } });
  expect(list).toMatchObject({ count: 1, results: [{ id: created.id }] });
  expect(await service.getAllWebhookEvents()).toHaveLength(97);
  expect(await service.getASpecificWebhookEndpoint(created.id)).toHaveProperty("events");
  expect(await service.getAllWebhookEndpointAttempts(created.id)).toMatchObject({ count: 0, results: [] });

  const before = await service.revealWebhookSigningSecret(created.id);
  expect(await service.expireWebhookSigningSecret(created.id)).toHaveProperty("events");
  const after = await service.revealWebhookSigningSecret(created.id);
  expect(after.signing_secret).toMatch(/^[0-9a-f]{64}$/);
  expect(after.signing_secret).not.toBe(before.signing_secret);

  const random = () => Math.floor(Math.random() * 10_000);
  expect(await service.resendWebhookEndpointEvent(created.id, random())).toBe("");
  expect(await service.resendMultipleWebhookEndpointEvent(created.id, [random(), random()])).toBe("");
  expect(await service.deleteWebhookEndpoint(created.id)).toBe("");
  await expect(service.getASpecificWebhookEndpoint(created.id)).rejects.toBeDefined();
});

test("the client reads the attempts of a real delivery and has the event sent again", async () => {
  await using receiver = await startReceiver();
  const events = [{ type: "connection.follow" }];
  const { id } = await service.createWebhookEndpoint({ target: receiver.url, events });
  await community.publish("connection.follow", '{"to_user":{"id":2},"from_user":{"id":1}}');
  const [request] = await receiver.waitForRequests(1);
  const attempts = await world.until(async () => {
    const list = await service.getAllWebhookEndpointAttempts(id);
    return list.count === 1 ? list.results : null;
  });
  const eventId = (JSON.parse(request?.body.toString() ?? "") as { event_id: number }).event_id;
  expect(attempts[0]).toMatchObject({
    event: { type: "connection.follow" },
    http_request_body: request?.body.toString(),
    http_request_signature_header: request?.headers["selfcommunity-signature"],
    http_response_code: 200,
    next_retry: null,
  });

  expect(await service.resendWebhookEndpointEvent(id, eventId)).toBe("");
  await world.advance(0);
  const [, again] = await receiver.waitForRequests(2);
  expect(again?.body.equals(request?.body ?? Buffer.alloc(0))).toBe(true);
});
