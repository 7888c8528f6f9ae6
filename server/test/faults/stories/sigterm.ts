import { createReaction } from "../../crash/crash-tenant.ts";
import { seconds } from "../describe-fault.ts";
import { type Fault, pass } from "../fault.ts";

const DRAIN_MS = 30_000;
/** What is in flight at the signal is answered this late. */
const SLOW_MS = 4_000;

/** The node finishes what is in flight, gives the rest back and ends with 0; the next one repeats nothing. */
export const sigterm: Fault = {
  name: "sigterm",
  about: "SIGTERM under load, with requests in flight that take 4 s; another node follows",
  on: ["postgres", "embedded"],
  isShort: true,
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    const react = createReaction();
    scene.receiver.react(async (exchange) => {
      await pass(SLOW_MS);
      await react(exchange);
    });
    await pass(SLOW_MS / 4);
    const startedAt = performance.now();
    node.signal("SIGTERM");
    const { code, signal } = await node.exited;
    const tookMs = performance.now() - startedAt;
    scene.note(`stopped in ${seconds(tookMs)} s`);
    scene.expect(code === 0, `it ended with ${signal ?? code}`);
    scene.expect(tookMs < DRAIN_MS, `it took ${seconds(tookMs)} s to stop`);
    scene.expect(tookMs > SLOW_MS / 2, "it did not wait for what was in flight");
    scene.receiver.react(react);
    await load.stop();
    await scene.startNode();
    scene.healed();
  },
};
