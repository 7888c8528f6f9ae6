import { type Fault, isReady, pass, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const AWAY_MS = 3_000;

/** The server goes on, refuses with 503, and delivers what it had accepted when the database is back. */
export const postgresKilled: Fault = {
  name: "postgres-killed",
  about: "kill -9 of every process of PostgreSQL, started again 3 s later on the same directory and port",
  on: ["postgres"],
  isShort: true,
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    await scene.cluster.kill();
    const notReadyMs = await until(async () => !(await isReady(node)), 5_000);
    scene.expect(notReadyMs !== null, "the node called itself ready without a database");
    await pass(AWAY_MS);
    scene.expect(load.refusals.length > 0, "no publish was refused while the database was away");
    await scene.cluster.start();
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    const readyMs = await until(() => isReady(node), 10_000);
    scene.expect(readyMs !== null, "the node did not become ready again");
    await scene.answers(50);
  },
};
