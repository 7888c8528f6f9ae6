import { type Fault, pass } from "../fault.ts";

const ALIVE_MS = 1_500;

/** The second one dies while it looks after what the first one left. */
export const nodeKilledTwice: Fault = {
  name: "node-killed-twice",
  about: "kill -9 of the server, and of the one that follows it 1.5 s after its start",
  on: ["postgres", "embedded"],
  repeats: "in flight",
  recoversInMs: 25_000,
  async tell(scene) {
    const first = await scene.startNode();
    const load = await scene.publishTo(first);
    first.signal("SIGKILL");
    await first.exited;
    await load.stop();
    await scene.witness(first);
    const second = await scene.startNode();
    await pass(ALIVE_MS);
    second.signal("SIGKILL");
    await second.exited;
    await scene.witness(second);
    await scene.startNode();
    scene.healed();
  },
};
