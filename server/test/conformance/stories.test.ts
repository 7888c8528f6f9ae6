/**
 * The same stories through every dialect: one list, told by a driver each, over HTTP and to real receivers. A story that
 * a contract has no words for is not told through it.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { startTestServer, type TestServer } from "../support/start-server.ts";
import type { DialectDriver, DialectSession } from "./dialect-driver.ts";
import { nativeDriver } from "./native-driver.ts";
import { selfcommunityDriver } from "./selfcommunity/driver.ts";
import { thesignupDriver } from "./thesignup/driver.ts";
import { veltDriver } from "./velt/driver.ts";

const DRIVERS: readonly DialectDriver[] = [nativeDriver, selfcommunityDriver, veltDriver, thesignupDriver];
const DATA = '{ "n": 12345678901234567890 }';

describe.each(DRIVERS)("through $name", (driver) => {
  const [type, otherType] = driver.types;
  let world: TestServer;
  let session: DialectSession;
  let receiver: Receiver;
  beforeAll(async () => {
    // Half of the way through its range, jitter adds nothing.
    world = await startTestServer({ overrides: { random: () => 0.5 } });
    session = await driver.open(world);
  });
  afterAll(() => world[Symbol.asyncDispose]());
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    for (const page of await session.listPages(100)) for (const id of page) await session.remove(id);
    await receiver[Symbol.asyncDispose]();
  });

  const create = (types: readonly string[] = [type]) => session.create({ url: `${receiver.url}/hook`, types });
  const fail = () => receiver.react(({ response }) => void response.writeHead(500).end());

  test("an endpoint is created and read back", async () => {
    const created = await create();
    expect(created).toMatchObject({ url: `${receiver.url}/hook`, isActive: true, types: [type] });
    expect(await session.get(created.id)).toEqual(created);
  });

  test("a list is read page by page, newest first, each endpoint once", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.unshift((await create()).id);
      world.clock.advance(1000);
    }
    const pages = await session.listPages(2);
    expect(pages.map((page) => page.length)).toEqual(driver.knows.pages ? [2, 2, 1] : [5]);
    expect(pages.flat()).toEqual(ids);
  });

  test("what is published is received, verifies, and has the bytes that were published", async () => {
    const { id } = await create();
    expect(await session.publish(type, DATA)).toBe(1);
    const [request] = await receiver.waitForRequests(1);
    if (request === undefined) throw new Error("nothing was received");
    expect(request.path).toBe("/hook");
    expect(request.body.toString()).toContain(DATA);
    expect(session.verify(request, await session.secret(id))).toBe(true);
    const another = (await create()).id;
    expect(session.verify(request, await session.secret(another))).toBe(false);
  });

  test("only subscribed types are received, from the next event on", async () => {
    const { id } = await create();
    expect(await session.publish(otherType, DATA)).toBe(0);
    expect((await session.subscribe(id, [otherType])).types).toEqual([otherType]);
    expect([await session.publish(type, DATA), await session.publish(otherType, DATA)]).toEqual([0, 1]);
    if (driver.knows.noTypes === null) return;
    const none = await session.subscribe(id, []);
    expect(none.types).toEqual(driver.knows.noTypes ? [] : null);
    expect(await session.publish(otherType, DATA)).toBe(driver.knows.noTypes ? 0 : 1);
  });

  test("a receiver that fails is tried by the schedule of the contract, and no more after a success", async () => {
    fail();
    await create();
    await session.publish(type, DATA);
    for (const [index, wait] of driver.waitsSeconds.slice(0, 3).entries()) {
      await receiver.waitForRequests(index + 1);
      await recorded(index + 1);
      if (index === 2) receiver.react(({ response }) => void response.writeHead(204).end());
      await world.advance(wait * 1000 - 1);
      expect(receiver.requests.length).toBe(index + 1);
      await world.advance(1);
    }
    await receiver.waitForRequests(4);
    await recorded(4);
    await world.advance(7 * 24 * 3600 * 1000);
    expect(receiver.requests.length).toBe(4);
    expect(new Set(receiver.requests.map((request) => request.body.toString())).size).toBe(1);
  });

  if (driver.knows.off) {
    test("off, nothing is sent and what waits is dropped; on, what comes next is sent", async () => {
      fail();
      const { id } = await create();
      await session.publish(type, DATA);
      await recorded(1);
      expect((await session.turnOff(id)).isActive).toBe(false);
      expect(await session.publish(type, DATA)).toBe(0);
      await world.advance(3600_000);
      expect((await session.turnOn(id)).isActive).toBe(true);
      await world.advance(3600_000);
      expect(receiver.requests.length).toBe(1);
      await session.publish(type, DATA);
      await receiver.waitForRequests(2);
    });
  }

  if (driver.knows.resend) {
    test("an event is sent again with the same bytes, signed anew", async () => {
      const { id } = await create();
      if (!driver.knows.resendsAll) fail();
      await session.publish(type, DATA);
      const [first] = await receiver.waitForRequests(1);
      if (first === undefined) throw new Error("nothing was received");
      await recorded(1);
      world.clock.advance(2000);
      await session.resend(id, first);
      await world.advance(0);
      const [, second] = await receiver.waitForRequests(2);
      if (second === undefined) throw new Error("nothing was received again");
      expect(second.body.equals(first.body)).toBe(true);
      expect(session.verify(second, await session.secret(id))).toBe(true);
    });
  }

  if (driver.knows.expire) {
    test("expired, only the newest secret signs", async () => {
      const { id } = await create();
      const old = await session.secret(id);
      if (session.rotate !== null) {
        await session.rotate(id);
        await session.publish(type, DATA);
        const [inOverlap] = await receiver.waitForRequests(1);
        if (inOverlap === undefined) throw new Error("nothing was received");
        expect([old, await session.secret(id)].map((secret) => session.verify(inOverlap, secret))).toEqual([
          true,
          true,
        ]);
      }
      await session.expire(id);
      const before = receiver.requests.length;
      await session.publish(type, DATA);
      const request = (await receiver.waitForRequests(before + 1)).at(-1);
      if (request === undefined) throw new Error("nothing was received");
      expect([old, await session.secret(id)].map((secret) => session.verify(request, secret))).toEqual([false, true]);
    });
  }

  if (driver.knows.test) {
    test("a test is sent at once, signed", async () => {
      const { id } = await create();
      await session.sendTest(id);
      const [request] = await receiver.waitForRequests(1);
      if (request === undefined) throw new Error("nothing was received");
      expect(session.verify(request, await session.secret(id))).toBe(true);
    });
  }

  if (driver.knows.pause) {
    test("paused, what is published waits, and goes out once the endpoint is on again", async () => {
      const { id } = await create();
      expect((await session.pause(id)).isActive).toBe(false);
      expect(await session.publish(type, DATA)).toBe(1);
      await world.advance(3600_000);
      expect(receiver.requests.length).toBe(0);
      await session.turnOn(id);
      await world.advance(0);
      await receiver.waitForRequests(1);
    });
  }

  test("deleted, an endpoint is not there and gets nothing more", async () => {
    fail();
    const { id } = await create();
    await session.publish(type, DATA);
    await recorded(1);
    await session.remove(id);
    expect(await session.publish(type, DATA)).toBe(0);
    await world.advance(3600_000);
    expect(receiver.requests.length).toBe(1);
    expect(await session.listPages(10)).toEqual([[]]);
  });

  test("bad input, unknown things and callers without access are refused as the contract says", async () => {
    for (const [name, ask] of Object.entries(session.refusals) as [
      keyof DialectSession["refusals"],
      () => Promise<number>,
    ][]) {
      expect(await ask(), name).toBe(session.statuses[name]);
    }
  });

  /** Resolves once so many tries of this story's receiver are recorded, by what the server itself counts. */
  async function recorded(count: number): Promise<void> {
    const { port } = receiver;
    await world.until(async () => {
      const [row] = await world.database.query<{ count: number }>(
        {
          name: "conformance-count-attempts",
          text: "select count(*)::integer as count from attempts where request_url like $1::text",
        },
        [`%:${port}/%`],
      );
      return row !== undefined && row.count >= count ? true : null;
    });
  }
});
