import { type Fault, isReady, pass, until } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const READ_ONLY_MS = 4_000;

/** As after a failover that went to the wrong server. */
export const databaseReadOnly: Fault = {
  name: "database-read-only",
  about: "the database takes no writes for 4 s",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    const set = async (value: string): Promise<void> => {
      await scene.database.script(`set default_transaction_read_only = off`);
      await scene.database.script(`alter system set default_transaction_read_only = ${value}`);
      await scene.database.script("select pg_reload_conf()");
    };
    await set("on");
    await pass(READ_ONLY_MS);
    scene.expect(load.refusals.length > 0, "no publish was refused by a database that takes no writes");
    await set("off");
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    scene.expect((await until(() => isReady(node), 10_000)) !== null, "the node did not become ready again");
    await scene.answers(50);
  },
};
