import { type Fault, pass } from "../fault.ts";
import { seconds } from "../describe-fault.ts";
import { holdUntil } from "../../../../devkit/receivers/misbehaviours.ts";
import { createReaction } from "../../crash/crash-tenant.ts";

/** A drain of 30 s, and what it takes to give back what is left. */
const STOP_MS = 45_000;
const AWAY_MS = 2_000;

/** What is in flight when the stop begins is answered while the database is away, and recorded when it is back. */
export const postgresRestartedInDrain: Fault = {
  name: "postgres-restarted-in-drain",
  about: "SIGTERM under load, and PostgreSQL crashes and comes back while requests are in flight",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    const answered = Promise.withResolvers<void>();
    scene.receiver.react(holdUntil(answered.promise, createReaction()));
    await pass(500);
    const startedAt = performance.now();
    node.signal("SIGTERM");
    await scene.cluster.kill();
    answered.resolve();
    await pass(AWAY_MS);
    await scene.cluster.start();
    const { code, signal } = await node.exited;
    const tookMs = performance.now() - startedAt;
    scene.note(`stopped in ${seconds(tookMs)} s`);
    scene.expect(code === 0, `it ended with ${signal ?? code}`);
    scene.expect(tookMs < STOP_MS, `it took ${seconds(tookMs)} s to stop`);
    await load.stop();
    await scene.startNode();
    scene.healed();
  },
};
