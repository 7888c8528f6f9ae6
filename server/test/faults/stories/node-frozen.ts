import { type Fault, isReady, pass, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const FROZEN_MS = 15_000;

/** A node that comes back late finds its deliveries made by another, and records nothing over them. */
export const nodeFrozen: Fault = {
  name: "node-frozen",
  about: "SIGSTOP to one of two nodes for 15 s, then SIGCONT",
  on: ["postgres"],
  repeats: "in flight",
  recoversInMs: 20_000,
  async tell(scene) {
    const frozen = await scene.startNode();
    const other = await scene.startNode();
    await scene.publishTo(other, frozen);
    frozen.signal("SIGSTOP");
    await scene.witness(frozen);
    await pass(FROZEN_MS);
    frozen.signal("SIGCONT");
    scene.healed();
    const readyMs = await until(() => isReady(frozen), 10_000);
    scene.expect(readyMs !== null, "the frozen node did not become ready again");
    scene.note(`ready again after ${seconds(readyMs ?? Infinity)} s`);
    await scene.answers(100);
  },
};
