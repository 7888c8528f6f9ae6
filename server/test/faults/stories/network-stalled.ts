import { type Fault, isReady, pass, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const STALLED_MS = 22_000;
/** What hears nothing for 15 s is given up; a publish may have waited for a commit before its own. */
const LONGEST_MS = 27_000;

/** Nothing is closed and nothing answers: the server itself must notice. */
export const networkStalled: Fault = {
  name: "network-stalled",
  about: "the network between server and database lets nothing through for 22 s, then resets",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode({ throughWire: true });
    const load = await scene.publishTo(node);
    scene.wire.stall();
    const notReadyMs = await until(async () => !(await isReady(node)), 5_000);
    scene.expect(notReadyMs !== null, "the node called itself ready behind a dead network");
    scene.note(`not ready after ${seconds(notReadyMs ?? Infinity)} s`);
    await pass(STALLED_MS);
    scene.expect(load.refusals.length > 0, "no publish was answered while the network stalled");
    scene.wire.reset();
    scene.wire.mend();
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    await scene.answers(50);
    scene.expect(load.longestMs < LONGEST_MS, `a publish waited ${seconds(load.longestMs)} s for its answer`);
  },
};
