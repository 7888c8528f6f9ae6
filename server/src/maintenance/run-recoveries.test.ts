/** Recoveries step by step: what they resend, how fast, in which order, and that nothing of it comes twice. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { describeWithPostgres } from "../../test/support/database.ts";
import { endpointKey, failedDeliveries, openRecoveries, runAfter } from "../../test/support/failed-deliveries.ts";
import { startApi, type TestApi } from "../../test/support/start-api.ts";
import { fromUuidId } from "../core/ids/public-id.ts";
import type { Clock } from "../db/clock.ts";
import { deleteEndedRecoveries } from "../db/queries/delete-ended-recoveries.ts";
import { runRecoveries } from "./run-recoveries.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const show = async (path: string) => (await api.client().get(path)).body;

it("resends each delivery of the filter once, and finishes", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const failed = await tenant.end(3);
  const [succeeded] = await tenant.end(1, { state: "succeeded", status: 200 });
  const recovery = await tenant.start();
  expect(await show(recovery)).toMatchObject({
    state: "running",
    expected: 3,
    recovered: 0,
    endpoints: null,
    progress: 0,
  });

  expect(await runAfter(api, 1_000)).toMatchObject({ deliveries: 3 });
  expect(await show(recovery)).toMatchObject({
    state: "finished",
    expected: 3,
    recovered: 3,
    endpoints: 1,
    endpointsLeft: 0,
    progress: 1,
    finishedAt: api.clock.now().toISOString(),
  });
  expect(await tenant.recovered()).toEqual(failed);
  expect((await tenant.deliveries()).find(({ id }) => id === succeeded)).toMatchObject({ run: 1, waits: false });
  expect(await runAfter(api, 1_000)).toEqual({ running: 0, deliveries: 0, finishedIds: [] });
});

it("resends no more than the rate, from the side that was asked for", async () => {
  for (const order of ["oldest_first", "newest_first"] as const) {
    const tenant = await failedDeliveries(api);
    await tenant.createEndpoint();
    const failed = await tenant.end(7);
    const expected = order === "oldest_first" ? failed : failed.toReversed();
    const recovery = await tenant.start({ ratePerSecond: 2, order });
    expect(await runAfter(api, 400)).toMatchObject({ deliveries: 0 });
    expect(await runAfter(api, 100)).toMatchObject({ deliveries: 1 });
    expect(await tenant.recovered()).toEqual(expected.slice(0, 1));
    expect(await runAfter(api, 0)).toMatchObject({ deliveries: 0 });
    // Whatever was missed: half a second's worth, and one delivery.
    expect(await runAfter(api, 60_000)).toMatchObject({ deliveries: 2 });
    expect(new Set(await tenant.recovered())).toEqual(new Set(expected.slice(0, 3)));
    const { progress } = await show(recovery);
    expect(progress).toBeGreaterThan(0);
    expect(progress).toBeLessThan(1);
    await api.client().post(`${recovery}/cancel`);
  }
});

it("gives an endpoint no more while fifty of its deliveries wait, and others theirs", async () => {
  const tenant = await failedDeliveries(api);
  const slow = await tenant.createEndpoint({ eventTypes: ["invoice.paid"] });
  const failed = await tenant.end(53);
  await tenant.register("order.paid");
  const quick = await tenant.createEndpoint({ eventTypes: ["order.paid"] });
  await tenant.end(2, {}, "order.paid");
  const recovery = await tenant.start({ ratePerSecond: 1_000 });
  await runAfter(api, 1_000);
  await runAfter(api, 1_000);
  const waiting = (await tenant.deliveries()).filter(({ waits }) => waits);
  expect(waiting.filter((row) => row.endpoint_id === endpointKey(slow)).map(({ id }) => id)).toEqual(
    failed.slice(0, 50),
  );
  expect(waiting.filter((row) => row.endpoint_id === endpointKey(quick))).toHaveLength(2);
  expect(await show(recovery)).toMatchObject({ state: "running", recovered: 52, endpoints: 2, endpointsLeft: 1 });

  await api.database.query(
    { name: "test-deliver-two", text: "delete from queue where delivery_id = any ($1::bigint[])" },
    [failed.slice(0, 2)],
  );
  await runAfter(api, 1_000);
  expect(await show(recovery)).toMatchObject({ state: "running", recovered: 54 });
  await api.client().post(`${recovery}/cancel`);
});

it("stands still while it is paused, goes on where it was, and ends where it is cancelled", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const failed = await tenant.end(5);
  const recovery = await tenant.start({ ratePerSecond: 1 });
  await runAfter(api, 1_000);
  const act = async (name: string) => (await api.client().post(`${recovery}/${name}`)).body.state;
  expect(await act("pause")).toBe("paused");
  await runAfter(api, 1_000);
  expect(await tenant.recovered()).toEqual(failed.slice(0, 1));
  expect(await act("resume")).toBe("running");
  await runAfter(api, 0);
  expect(await tenant.recovered()).toEqual(failed.slice(0, 2));
  expect(await act("cancel")).toBe("cancelled");
  await runAfter(api, 1_000);
  expect(await tenant.recovered()).toEqual(failed.slice(0, 2));
  expect((await show(recovery)).progress).toBeLessThan(1);
});

it("leaves alone what ended after it was asked for, and what another has resent", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const [first] = await tenant.end(2);
  api.clock.advance(1);
  const recovery = await tenant.start({ ratePerSecond: 1 });
  api.clock.advance(1);
  await tenant.end(1);
  await runAfter(api, 1_000);
  expect(await tenant.recovered()).toEqual([first]);
  const { body } = await api.client().get(`${tenant.path}/deliveries?state=exhausted`);
  for (const { id } of body.data) await api.client().post(`${tenant.path}/deliveries/${id}/resend`);
  await runAfter(api, 1_000);
  expect(await show(recovery)).toMatchObject({ state: "finished", recovered: 1 });
  expect((await tenant.deliveries()).map(({ run }) => run)).toEqual([2, 2, 2]);
});

it("counts what it cannot resend: events that are gone, endpoints that were closed", async () => {
  const tenant = await failedDeliveries(api);
  const closed = await tenant.createEndpoint();
  await tenant.createEndpoint();
  const failed = await tenant.end(2);
  expect(failed).toHaveLength(4);
  await api.database.query(
    {
      name: "test-lose-event",
      text: "delete from events where id = (select event_id from deliveries where id = $1::bigint)",
    },
    [failed[0]],
  );
  const recovery = await tenant.start();
  await api.client().post(`${tenant.path}/endpoints/${closed.id}/disable`);
  await runAfter(api, 1_000);
  // Disabled before the recovery began to look, it is none of its endpoints.
  expect(await show(recovery)).toMatchObject({ endpoints: 1, recovered: 1, payloadsGone: 1, state: "finished" });

  await api.client().post(`${tenant.path}/endpoints/${closed.id}/enable`);
  const another = await tenant.start({ endpointIds: [closed.id], ratePerSecond: 1 });
  await openRecoveries(api);
  await api.client().post(`${tenant.path}/endpoints/${closed.id}/disable`);
  await runAfter(api, 1_000);
  expect(await show(another)).toMatchObject({ state: "finished", recovered: 0, endpoints: 1, endpointsClosed: 1 });
});

it("is taken by one of two nodes that come at the same moment", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const failed = await tenant.end(12);
  const recovery = await tenant.start({ ratePerSecond: 5 });
  const onError = (error: unknown): void => expect(error).toBeUndefined();
  await openRecoveries(api);
  let resent = 0;
  for (let times = 0; resent < failed.length; times += 1) {
    expect(times).toBeLessThan(5);
    api.clock.advance(600);
    const runs = await Promise.all([1, 2, 3].map(() => runRecoveries({ ...api, onError })));
    const sum = runs.reduce((total, { deliveries }) => total + deliveries, 0);
    expect(sum).toBeLessThanOrEqual(3);
    resent += sum;
  }
  expect((await show(recovery)).recovered).toBe(failed.length);
  expect((await tenant.deliveries()).map(({ run, waits }) => [run, waits])).toEqual(failed.map(() => [2, true]));
});

it("makes one run of a delivery that two recoveries mean", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  await tenant.createEndpoint();
  const failed = await tenant.end(10);
  const paths = [
    await tenant.start({ ratePerSecond: 10 }),
    await tenant.start({ ratePerSecond: 10, order: "newest_first" }),
  ];
  await openRecoveries(api);
  const states = async () => Promise.all(paths.map(show));
  for (let times = 0; (await states()).some(({ state }) => state !== "finished"); times += 1) {
    expect(times).toBeLessThan(10);
    api.clock.advance(500);
    await Promise.all([1, 2].map(() => runRecoveries({ ...api, onError: (error) => expect(error).toBeUndefined() })));
  }
  const recovered = (await states()).map((recovery): number => recovery.recovered);
  expect(recovered.reduce((sum, one) => sum + one, 0)).toBe(failed.length);
  expect(Math.min(...recovered)).toBeGreaterThan(0);
  expect((await tenant.deliveries()).map(({ run }) => run)).toEqual(failed.map(() => 2));
});

it("leaves those that it does not reach in its time to the next run, and these come first there", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const types = ["a", "b", "c", "d", "e", "f"];
  for (const type of types) await tenant.register(type);
  const failed = await Promise.all(types.map((type) => tenant.end(1, {}, type)));
  const paths = [];
  for (const type of types) paths.push(await tenant.start({ type, ratePerSecond: 1 }));
  await openRecoveries(api);
  let nowMs = api.clock.nowMs() + 1_000;
  const busy: Clock = { nowMs: () => (nowMs += 100), now: () => new Date(busy.nowMs()) };
  const onError = (error: unknown): void => expect(error).toBeUndefined();
  const first = await runRecoveries({ ...api, clock: busy, onError });
  expect(first.deliveries).toBeGreaterThan(0);
  expect(first.deliveries).toBeLessThan(failed.length);
  const second = await runRecoveries({ ...api, clock: busy, onError });
  expect(first.deliveries + second.deliveries).toBe(failed.length);
  for (const path of paths) await api.client().post(`${path}/cancel`);
});

it("ends with its tenant, and is forgotten long after it ended", async () => {
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  await tenant.end(1);
  const done = await tenant.start();
  await runAfter(api, 1_000);
  const paused = await tenant.start();
  await api.client().post(`${paused}/pause`);
  const endedBy = api.clock.now();
  await deleteEndedRecoveries(api.database, { endedBy: new Date(endedBy.getTime() - 1), limit: 1_000 });
  expect(await show(done)).toMatchObject({ state: "finished" });
  await deleteEndedRecoveries(api.database, { endedBy, limit: 1_000 });
  expect(await show(done)).toMatchObject({ code: "not_found" });
  expect(await show(paused)).toMatchObject({ state: "paused" });

  await tenant.endWaiting();
  const left = await tenant.start({ ratePerSecond: 1 });
  await openRecoveries(api);
  await api.client().delete(tenant.path);
  expect(await runAfter(api, 1_000)).toEqual({
    running: 1,
    deliveries: 0,
    finishedIds: [fromUuidId("rec", left.split("/").at(-1) ?? "")],
  });
});

it("tells of a step that fails, and goes on with the others", async () => {
  const broken = await failedDeliveries(api);
  await broken.createEndpoint();
  await broken.end(2);
  await broken.start({ ratePerSecond: 1 });
  const tenant = await failedDeliveries(api);
  await tenant.createEndpoint();
  const failed = await tenant.end(1);
  await tenant.start();
  await openRecoveries(api);
  // A part that is not over is written; one that is over goes.
  await api.database.script("alter table recovery_parts add constraint test_fails check (visits = 0) not valid");
  const errors: unknown[] = [];
  api.clock.advance(1_000);
  const onError = (error: unknown): void => void errors.push(error);
  expect(await runRecoveries({ ...api, onError })).toMatchObject({ deliveries: 1 });
  expect(errors).toHaveLength(1);
  expect(await tenant.recovered()).toEqual(failed);
  expect(await broken.recovered()).toEqual([]);
  await api.database.script("alter table recovery_parts drop constraint test_fails");
  await runAfter(api, 1_000);
  expect(await broken.recovered()).toHaveLength(1);
});

describeWithPostgres("a recovery on PostgreSQL", () => {
  it("waits for transactions that ran when it was asked for, so that it misses nothing of theirs", async () => {
    const tenant = await failedDeliveries(api);
    await tenant.createEndpoint();
    const [early] = await tenant.end(1);
    const moved = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const running = api.database.transaction(async (transaction) => {
      // As a record that has ended a delivery and is not committed yet.
      await transaction.query(
        { name: "test-move-out", text: "update deliveries set attempts = attempts where id = $1::bigint" },
        [early],
      );
      moved.resolve();
      await mayEnd.promise;
    });
    await moved.promise;
    const recovery = await tenant.start();
    api.clock.advance(1_000);
    const onError = (error: unknown): void => expect(error).toBeUndefined();
    await runRecoveries({ ...api, onError });
    expect(await show(recovery)).toMatchObject({ state: "running", endpoints: null, recovered: 0 });
    mayEnd.resolve();
    await running;
    await runAfter(api, 1_000);
    expect(await show(recovery)).toMatchObject({ state: "finished", recovered: 1 });
  });
});
