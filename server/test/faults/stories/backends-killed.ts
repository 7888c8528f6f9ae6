import { type Fault, pass } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const KILLS = 40;
const BETWEEN_MS = 50;
const END_ONE = {
  name: "fault-end-backend",
  text: `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = $1::text order by state <> 'active', random() limit 1`,
};

/** A commit whose answer is lost may have happened: what it leased must be sent all the same. */
export const backendsKilled: Fault = {
  name: "backends-killed",
  about: "40 connections of the server are ended by PostgreSQL, one after the other, busy ones first",
  on: ["postgres"],
  isShort: true,
  repeats: "none",
  recoversInMs: 15_000,
  async tell(scene) {
    const node = await scene.startNode();
    await scene.publishTo(node);
    for (let kills = 0; kills < KILLS; kills += 1) {
      await scene.database.query(END_ONE, [node.name]);
      await pass(BETWEEN_MS);
    }
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(50);
    scene.note(`50 more published in ${seconds(performance.now() - startedAt)} s`);
  },
};
