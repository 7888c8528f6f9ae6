import { type Fault, isReady, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const LOCKED_MS = 20_000;
/** A statement ends after 10 s, and so does the wait for a connection. */
const LONGEST_MS = 25_000;

/** Somebody holds a lock on the hot table: every connection of the server waits behind it. */
export const poolStuck: Fault = {
  name: "pool-stuck",
  about: "a transaction locks the table of waiting deliveries for 20 s: all connections of the server hang behind it",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 25_000,
  async tell(scene) {
    const node = await scene.startNode({ env: { POSTHORN_DATABASE_POOL: "4" } });
    const load = await scene.publishTo(node);
    await scene.database.transaction((transaction) =>
      transaction.script(`set local statement_timeout = 0;
        lock table queue in access exclusive mode;
        select pg_sleep(${LOCKED_MS / 1000})`),
    );
    scene.healed();
    scene.expect(load.refusals.length > 0, "no publish was answered while the table was locked");
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    scene.expect((await until(() => isReady(node), 10_000)) !== null, "the node did not become ready again");
    await scene.answers(50);
    scene.expect(load.longestMs < LONGEST_MS, `a publish waited ${seconds(load.longestMs)} s for its answer`);
  },
};
