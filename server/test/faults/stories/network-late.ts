import { type Fault, pass } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const STALLED_MS = 20_000;

/** The server has given the connections up, and then the database carries out what was on its way in them. */
export const networkLate: Fault = {
  name: "network-late",
  about: "the network stalls for 20 s, then delivers everything that it held",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode({ throughWire: true });
    await scene.publishTo(node);
    scene.wire.stall();
    await pass(STALLED_MS);
    scene.wire.mend();
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    await scene.answers(50);
  },
};
