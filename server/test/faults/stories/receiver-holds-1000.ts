import { createApiCall } from "../../crash/crash-tenant.ts";
import { type Fault, pass, until } from "../fault.ts";
import { misbehaviours } from "../misbehaviour.ts";
import { startMisbehavingReceiver } from "../start-misbehaving-receiver.ts";
import { readMemory, seeNeighbours } from "../watch-neighbours.ts";

const CONNECTIONS = 1_000;
/** Together they ask for as many as a node makes at all; it gives one receiver a quarter of that, four times over. */
const ENDPOINTS = 4;
const EVENTS = CONNECTIONS / ENDPOINTS;
const TIMEOUT_MS = 10_000;
const HELD_MS = 8_000;
const NOISE_MS = 500;

/** It takes every request and answers none: whatever it is given it keeps until the deadline. */
export const receiverHolds1000: Fault = {
  name: "receiver-holds-1000",
  about: "a receiver holds as many connections as a node makes at all; its neighbours are healthy",
  on: ["postgres", "embedded"],
  repeats: "none",
  recoversInMs: 60_000,
  async tell(scene) {
    const hangs = misbehaviours.find(({ name }) => name === "hangs");
    if (hangs === undefined) throw new Error("nobody hangs any more");
    await using receiver = await startMisbehavingReceiver(hangs);
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    const calmFromMs = Date.now();
    await scene.answers(400);
    const before = readMemory(node.pid);

    const call = createApiCall(node.url, scene.rootKey);
    const { slug } = await call("POST", "/v1/tenants", { name: "Holding" });
    const path = `/v1/tenants/${String(slug)}`;
    await call("PUT", `${path}/event-types/order.paid`, {});
    for (let no = 0; no < ENDPOINTS; no += 1) {
      const settings = { maxInFlight: CONNECTIONS, timeoutMs: TIMEOUT_MS, retryWaits: [] };
      await call("POST", `${path}/endpoints`, { url: `${receiver.url}/${no}`, ...settings });
    }
    const fromMs = Date.now();
    const calm = seeNeighbours(scene, load, calmFromMs, fromMs);
    const events = Array.from({ length: 50 }, (_, no) => ({ type: "order.paid", data: { no } }));
    for (let sent = 0; sent < EVENTS; sent += events.length) await call("POST", `${path}/events/batch`, { events });
    let most = 0;
    const count = setInterval(() => {
      void receiver.countSockets().then((sockets) => (most = Math.max(most, sockets)));
    }, 500);
    await pass(HELD_MS);
    clearInterval(count);
    const untilMs = Date.now();
    const noisy = seeNeighbours(scene, load, fromMs, untilMs - 1_000);
    const { peakMb } = readMemory(node.pid);
    scene.note(`it held ${most} connections`);
    scene.note(`neighbours p50 ${calm.p50Ms} → ${noisy.p50Ms} ms, p99 ${calm.p99Ms} → ${noisy.p99Ms} ms`);
    scene.note(`memory ${before.nowMb.toFixed(0)} MB before, ${peakMb.toFixed(0)} MB at most`);
    scene.expect(noisy.count > 0, "neighbours got nothing");
    scene.expect(noisy.p99Ms <= 2 * calm.p99Ms + NOISE_MS, `neighbours waited ${noisy.p99Ms} ms (p99)`);
    scene.healed();
    const ended = await until(async () => (await receiver.countSockets()) === 0, 60_000);
    scene.expect(ended !== null, "connections stayed open");
  },
};
