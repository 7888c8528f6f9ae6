import { type Fault, pass } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const RESETS = 20;
const BETWEEN_MS = 100;

export const networkResets: Fault = {
  name: "network-resets",
  about: "every connection to the database is reset, 20 times in 2 s",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 15_000,
  async tell(scene) {
    const node = await scene.startNode({ throughWire: true });
    await scene.publishTo(node);
    for (let resets = 0; resets < RESETS; resets += 1) {
      scene.wire.reset();
      await pass(BETWEEN_MS);
    }
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    await scene.answers(50);
  },
};
