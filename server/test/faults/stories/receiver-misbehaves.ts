import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createApiCall } from "../../crash/crash-tenant.ts";
import { seconds } from "../describe-fault.ts";
import { type Fault, type FaultNode, type FaultScene, until } from "../fault.ts";
import { type Misbehaviour, misbehaviours } from "../misbehaviour.ts";
import { startMisbehavingReceiver } from "../start-misbehaving-receiver.ts";
import { readMemory, seeNeighbours } from "../watch-neighbours.ts";

const ENDPOINTS = 10;
const EVENTS = 40;
/** Of endpoints whose receivers never end, and of those whose answers are large. */
const TIMEOUT_MS = 1_000;
const PATIENT_MS = 10_000;
/** Answers of the neighbours before and after it begins. */
const BASELINE = 400;
const ENDED_IN_MS = 40_000;
/** A machine that others use adds this by itself. */
const NOISE_MS = 250;
const MEMORY_MB = 200;

/** One receiver, ten endpoints of it: its deliveries end as they should, and its neighbours notice nothing. */
export const receiversMisbehave: readonly Fault[] = misbehaviours.map((misbehaviour) => ({
  name: `receiver-${misbehaviour.name}`,
  about: `a receiver ${misbehaviour.about}; its neighbours are healthy`,
  on: ["postgres", "embedded"],
  repeats: "none",
  recoversInMs: 15_000,
  tell: (scene) => tell(scene, misbehaviour),
}));

async function tell(scene: FaultScene, misbehaviour: Misbehaviour): Promise<void> {
  await using receiver = await startMisbehavingReceiver(misbehaviour);
  const folder = await mkdtemp(join(tmpdir(), "posthorn-authority-"));
  const authority = join(folder, "authority.pem");
  await writeFile(authority, receiver.authority);
  const node = await scene.startNode({ env: { NODE_EXTRA_CA_CERTS: authority } });
  await rm(folder, { recursive: true });
  const load = await scene.publishTo(node);
  const calmFromMs = Date.now();
  await scene.answers(BASELINE);
  const before = readMemory(node.pid);
  const fromMs = Date.now();
  const calm = seeNeighbours(scene, load, calmFromMs, fromMs);

  const timeoutMs = misbehaviour.class === null ? PATIENT_MS : TIMEOUT_MS;
  const classes = await publishToIt(scene, node, { url: receiver.url, timeoutMs });
  scene.healed();
  await scene.answers(1);
  const noisy = seeNeighbours(scene, load, fromMs, Date.now());
  const { peakMb } = readMemory(node.pid);
  const expected = misbehaviour.class ?? "accepted";
  scene.expect(
    classes.length === 1 && classes[0] === expected,
    `its deliveries ended as ${classes.join(", ") || "nothing"}, not ${expected}`,
  );
  scene.note(`its deliveries ended ${expected}`);
  scene.note(`neighbours p50 ${calm.p50Ms} → ${noisy.p50Ms} ms, p99 ${calm.p99Ms} → ${noisy.p99Ms} ms`);
  scene.note(`memory ${before.nowMb.toFixed(0)} MB before, ${peakMb.toFixed(0)} MB at most`);
  scene.expect(
    noisy.p99Ms <= 2 * calm.p99Ms + NOISE_MS,
    `neighbours waited ${noisy.p99Ms} ms (p99), before ${calm.p99Ms} ms`,
  );
  scene.expect(peakMb - before.peakMb < MEMORY_MB, `memory grew by ${(peakMb - before.peakMb).toFixed(0)} MB`);
  // One that was accepted may be used again.
  if (misbehaviour.class === null) return;
  const left = await until(async () => (await receiver.countSockets()) === 0, TIMEOUT_MS * 5);
  scene.expect(left !== null, "sockets to it stayed open");
}

/** Resolves to the classes in which its deliveries ended, once all have. */
async function publishToIt(
  scene: FaultScene,
  node: FaultNode,
  { url, timeoutMs }: { readonly url: string; readonly timeoutMs: number },
): Promise<string[]> {
  const call = createApiCall(node.url, scene.rootKey);
  const { slug } = await call("POST", "/v1/tenants", { name: "Bad" });
  const path = `/v1/tenants/${String(slug)}`;
  await call("PUT", `${path}/event-types/order.paid`, {});
  for (let no = 0; no < ENDPOINTS; no += 1) {
    await call("POST", `${path}/endpoints`, { url: `${url}/${no}`, timeoutMs, retryWaits: [] });
  }
  for (let no = 0; no < EVENTS; no += 1) await call("POST", `${path}/events`, { type: "order.paid", data: { no } });
  const count = async (state: string): Promise<number> => {
    const { data } = await call("GET", `${path}/deliveries?state=${state}&limit=1`);
    return (data as unknown[]).length;
  };
  const ended = await until(async () => (await count("pending")) + (await count("in_flight")) === 0, ENDED_IN_MS);
  scene.expect(ended !== null, `its deliveries did not end within ${seconds(ENDED_IN_MS)} s`);
  const classes = new Set<string>();
  for (const state of ["succeeded", "exhausted", "cancelled"]) {
    const { data } = await call("GET", `${path}/deliveries?state=${state}&limit=250`);
    for (const { lastClass } of data as { lastClass: string | null }[]) {
      classes.add(state === "succeeded" ? "accepted" : String(lastClass));
    }
  }
  return [...classes];
}
