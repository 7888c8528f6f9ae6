import { type Fault, isReady, pass, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

/** Longer than the silence after which a node has lost its leases, and than its connections live. */
const CUT_OFF_MS = 18_000;

/** The other node takes over what the lonely one holds; when that one is back it records nothing over it. */
export const oneOfTwoCutOff: Fault = {
  name: "one-of-two-cut-off",
  about: "one of two nodes hears nothing from the database for 18 s, then everything",
  on: ["postgres"],
  repeats: "in flight",
  recoversInMs: 20_000,
  async tell(scene) {
    const lonely = await scene.startNode({ throughWire: true });
    const other = await scene.startNode();
    await scene.publishTo(other, lonely);
    scene.wire.stall();
    await scene.witness(lonely);
    await pass(CUT_OFF_MS);
    scene.wire.mend();
    scene.healed();
    const readyMs = await until(() => isReady(lonely), 10_000);
    scene.expect(readyMs !== null, "the node that was cut off did not become ready again");
    scene.note(`ready again after ${seconds(readyMs ?? Infinity)} s`);
    await scene.answers(100);
  },
};
