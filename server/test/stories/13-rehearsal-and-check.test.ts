/**
 * A rotation that is rehearsed before it counts, a cut-over with one signature at any time, and a receiver that is
 * checked: against real receivers of every kind, written with other people's libraries. They verify with their own
 * clock, so the server's is the present.
 */
import { selfCommunity, theSignup, verifyStandard, verifyTimestamped } from "@posthorn/signing";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, expect, test } from "vitest";

import {
  type ReceivedRequest,
  type Receiver,
  type Reaction,
  startReceiver,
} from "../../../devkit/receivers/start-receiver.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startWatchedServer, type WatchedServer } from "../support/start-watched-server.ts";

let database: TestDatabase;
let receiver: Receiver;
let watched: WatchedServer;
let tenant: string;

beforeAll(async () => {
  database = await openTestDatabase();
  receiver = await startReceiver();
  watched = await startWatchedServer({ database });
  tenant = await watched.newTenant("a.b");
});
afterAll(async () => {
  await watched[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

interface Probe {
  readonly probe: string;
  readonly verdict?: string;
  readonly attempt: {
    readonly deliveryId: string;
    readonly outcome: string;
    readonly request: { signedBy: number[] };
  } | null;
}

/** A receiver that does this with every request, and an endpoint for it with its secret. */
async function setup(profile = "standard") {
  const path = `/${Math.random().toString(36).slice(2)}`;
  const url = `${receiver.url}${path}`;
  const endpoint = await watched.send("POST", `${tenant}/endpoints`, { url, profile });
  const secrets = `${tenant}/endpoints/${String(endpoint["id"])}/secrets`;
  return {
    id: String(endpoint["id"]),
    secret: String(endpoint["secret"]),
    act: (name: string, body: object = {}) => watched.send("POST", `${secrets}/${name}`, body),
    list: async () => (await watched.send("GET", secrets))["data"] as Record<string, unknown>[],
    deliveries: async () => {
      const { data } = await watched.send("GET", `${tenant}/deliveries?endpointId=${String(endpoint["id"])}`);
      return data as { id: string; source: string; state: string }[];
    },
  };
}

const whenItTakes =
  (takes: (request: ReceivedRequest) => boolean, refusal = 401): Reaction =>
  ({ request, response }) =>
    void response.writeHead(takes(request) ? 204 : refusal).end();

function verifies(Library: typeof StandardWebhook | typeof SvixWebhook, secret: string) {
  return ({ body, headers }: ReceivedRequest): boolean => {
    try {
      new Library(secret).verify(body.toString(), { ...headers });
      return true;
    } catch {
      return false;
    }
  };
}

/** Reads the last signature alone, as a library for one language does. */
function readsOnlyTheLast(secret: string) {
  return (request: ReceivedRequest): boolean => {
    const last = request.headers["webhook-signature"]?.split(" ").at(-1) ?? "";
    return verifies(
      StandardWebhook,
      secret,
    )({ ...request, headers: { ...request.headers, "webhook-signature": last } });
  };
}

const verdictsOf = (probes: unknown) =>
  Object.fromEntries((probes as Probe[]).map(({ probe, verdict }) => [probe, verdict]));

test.each([
  ["standardwebhooks", StandardWebhook],
  ["svix", SvixWebhook],
] as const)("a receiver with %s: still on the old secret, then safe", async (_, Library) => {
  const { act, secret, deliveries } = await setup();
  const staged = await act("stage");
  receiver.react(whenItTakes(verifies(Library, secret)));
  expect(await act("rehearse")).toMatchObject({ verdict: "still_on_old", newVersion: 2, oldVersion: 1 });

  receiver.react(whenItTakes(verifies(Library, String(staged["secret"]))));
  const passed = await act("rehearse");
  expect(passed).toMatchObject({ verdict: "safe", overlapEndsAt: null });
  expect((passed["probes"] as Probe[]).map(({ attempt }) => attempt?.request.signedBy)).toEqual([[2], [2, 1], [1, 2]]);

  const stored = await deliveries();
  expect(stored.map(({ source }) => source)).toEqual(Array.from({ length: 6 }, () => "probe"));
});

test("a receiver that reads one signature cannot read two, and is cut over with exactly one at any time", async () => {
  const { act, secret, list } = await setup();
  const staged = String((await act("stage"))["secret"]);
  receiver.react(whenItTakes(readsOnlyTheLast(staged)));
  expect(await act("rehearse")).toMatchObject({ verdict: "cannot_read_two" });

  receiver.react(whenItTakes(readsOnlyTheLast(secret)));
  const early = await act("cut-over");
  expect(early).toMatchObject({ version: null });
  expect((await list()).map(({ state }) => state)).toEqual(["staged", "active"]);

  receiver.react(whenItTakes(readsOnlyTheLast(staged)));
  const before = receiver.requests.length;
  expect(await act("cut-over")).toMatchObject({ version: { number: 2, state: "active" } });
  expect((await list()).map(({ state }) => state)).toEqual(["active", "expired"]);
  await watched.send("POST", `${tenant}/events`, { type: "a.b", data: 1 });
  const requests = await receiver.waitForRequests(before + 2);
  for (const { headers } of requests.slice(before)) expect(headers["webhook-signature"]?.split(" ")).toHaveLength(1);
});

test("an overlap that requires a rehearsal stays open until one has passed, and ends as planned then", async () => {
  const { act, secret, list } = await setup();
  const rotated = await act("rotate", { overlapSeconds: 3600, requireRehearsal: true });
  const planned = new Date(watched.clock.nowMs() + 3_600_000).toISOString();
  const held = new Date(watched.clock.nowMs() + 30 * 86_400_000).toISOString();
  expect((await list()).at(-1)).toMatchObject({ state: "retiring", expiresAt: held, plannedEndsAt: planned });

  receiver.react(whenItTakes(verifies(StandardWebhook, secret)));
  expect(await act("rehearse")).toMatchObject({ verdict: "still_on_old", overlapEndsAt: null });
  expect((await list()).at(-1)).toMatchObject({ expiresAt: held, plannedEndsAt: planned });

  receiver.react(whenItTakes(verifies(StandardWebhook, String(rotated["secret"]))));
  expect(await act("rehearse")).toMatchObject({ verdict: "safe", overlapEndsAt: planned });
  expect((await list()).at(-1)).toMatchObject({ state: "retiring", expiresAt: planned, plannedEndsAt: null });
});

test("a receiver that is not there is unreachable, and is not asked three times", async () => {
  const { act, list } = await setup();
  await act("rotate", { requireRehearsal: true });
  receiver.react(({ socket }) => void socket.destroy());
  const rehearsal = await act("rehearse");
  expect(rehearsal).toMatchObject({ verdict: "unreachable" });
  expect(rehearsal["probes"]).toHaveLength(1);
  expect((await list()).at(-1)).toMatchObject({ state: "retiring" });
});

test.each([
  ["standardwebhooks", StandardWebhook],
  ["svix", SvixWebhook],
] as const)("a check of a receiver with %s finds nothing", async (_, Library) => {
  const { act, secret, deliveries } = await setup();
  receiver.react(whenItTakes(verifies(Library, secret)));
  const { probes } = await act("check", { consent: true });
  expect(new Set(Object.values(verdictsOf(probes)))).toEqual(new Set(["verifies"]));
  expect(new Set((await deliveries()).map(({ source }) => source))).toEqual(new Set(["probe"]));
  const ids = receiver.requests.slice(-9).map(({ headers }) => headers["webhook-id"]);
  expect(ids[7]).toBe(ids[0]);
});

test("a check finds a receiver that does not look at the time, one that parses first, and one that reads one signature", async () => {
  const withoutClock = await setup();
  const check = verifies(StandardWebhook, withoutClock.secret);
  const seen: ReceivedRequest[] = [];
  receiver.react(
    whenItTakes((request) => {
      seen.push(request);
      const { headers } = request;
      return check(request) || (headers["webhook-signature"] !== undefined && isOld(headers));
    }),
  );
  expect(verdictsOf((await withoutClock.act("check", { consent: true }))["probes"])).toMatchObject({
    ten_minutes_old: "accepts_forged",
    wrong_key: "verifies",
    altered_body: "verifies",
    no_signature: "verifies",
  });
  const altered = seen[2]?.body.toString() ?? "";
  expect(() => JSON.parse(altered)).not.toThrow();
  expect(altered).not.toBe(seen[1]?.body.toString());

  const onlyOne = await setup();
  receiver.react(whenItTakes(readsOnlyTheLast(onlyOne.secret)));
  expect(verdictsOf((await onlyOne.act("check", { consent: true }))["probes"])).toMatchObject({
    valid: "verifies",
    good_signature_first: "breaks_on_rotation",
    good_signature_last: "verifies",
  });
});

function isOld(headers: ReceivedRequest["headers"]): boolean {
  return Number(headers["webhook-timestamp"]) < watched.clock.nowMs() / 1000 - 300;
}

test("a gateway that refuses everything and a receiver that answers first are inconclusive, never failed", async () => {
  const behindGateway = await setup();
  receiver.react(whenItTakes(() => false, 403));
  const refused = await behindGateway.act("check", { consent: true });
  expect(new Set(Object.values(verdictsOf(refused["probes"])))).toEqual(new Set(["inconclusive"]));
  expect((refused["probes"] as Probe[]).filter(({ attempt }) => attempt !== null)).toHaveLength(1);

  const early = await setup();
  receiver.react(whenItTakes(() => true));
  const { valid, ...others } = verdictsOf((await early.act("check", { consent: true }))["probes"]);
  expect([valid, new Set(Object.values(others))]).toEqual(["verifies", new Set(["inconclusive"])]);
});

const VERIFIERS: Readonly<Record<string, (request: ReceivedRequest, secret: string) => Promise<unknown>>> = {
  selfcommunity: ({ headers, body }, secret) => verifyTimestamped({ scheme: selfCommunity, secret, headers, body }),
  thesignup: ({ headers, body }, secret) => verifyTimestamped({ scheme: theSignup, secret, headers, body }),
  velt: ({ headers, body }, secret) => verifyStandard({ secret, headers, body }),
};

test.each(Object.entries(VERIFIERS))(
  "a check speaks the profile %s: valid requests and forgeries alike",
  async (profile, verify) => {
    const { act, secret } = await setup(profile);
    receiver.react(async ({ request, response }) => {
      const status = await verify(request, secret).then(
        () => 204,
        () => 401,
      );
      response.writeHead(status).end();
    });
    const { probes } = await act("check", { consent: true });
    expect(new Set(Object.values(verdictsOf(probes)))).toEqual(new Set(["verifies"]));
  },
);

test("the owner's consent is asked for, recorded before anything leaves, and asked for once a minute at most", async () => {
  const { act, id } = await setup();
  receiver.react(whenItTakes(() => true));
  const before = receiver.requests.length;
  await expect(act("check", { consent: false })).rejects.toThrow(/consent_required/);
  expect(receiver.requests).toHaveLength(before);

  await act("check", { consent: true, reason: "asked by mail" });
  const { data } = await watched.send("GET", `${tenant}/audit?limit=1`);
  expect((data as object[])[0]).toMatchObject({
    action: "secret.check",
    subject: `endpoint:${id}`,
    reason: "asked by mail",
    after: { consent: true },
  });
  await expect(act("check", { consent: true })).rejects.toThrow(/rate_limited/);
  watched.clock.advance(60_000);
  await act("check", { consent: true });
});
