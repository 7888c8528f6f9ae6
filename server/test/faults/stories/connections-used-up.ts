import type { Database } from "../../../src/db/database.ts";
import { openPostgres } from "../../../src/db/postgres.ts";
import { type Fault, pass } from "../fault.ts";
import { seconds } from "../describe-fault.ts";

const MAX_CONNECTIONS = 20;
const USED_UP_MS = 5_000;
const SLEEP = { name: "fault-sleep", text: "select pg_sleep($1::float8)" };
const END_ALL = {
  name: "fault-end-backends",
  text: "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1::text",
};

/** Others have taken every connection that the database gives, and the server's own were ended. */
export const connectionsUsedUp: Fault = {
  name: "connections-used-up",
  about: "others use up max_connections for 5 s, after the server's own were ended",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 20_000,
  props: async () => ({
    cluster: { settings: [`max_connections=${MAX_CONNECTIONS}`, "superuser_reserved_connections=3"] },
  }),
  async tell(scene) {
    // The server is no superuser, to whom some are reserved.
    await scene.database.script(`create role plain login; grant all on database postgres to plain;
      grant all on schema public to plain; grant pg_read_all_stats to plain`);
    const node = await scene.startNode({ user: "plain" });
    const load = await scene.publishTo(node);
    await using others = await openPostgres({
      url: scene.cluster.url.replace("posthorn@", "plain@"),
      poolSize: MAX_CONNECTIONS,
    });
    const taking = Array.from({ length: MAX_CONNECTIONS }, () => hold(others));
    await scene.database.query(END_ALL, [node.name]);
    await pass(USED_UP_MS);
    scene.expect(load.refusals.length > 0, "no publish was refused without a connection");
    await Promise.all(taking);
    await others[Symbol.asyncDispose]();
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    await scene.answers(50);
  },
};

/** Takes one as soon as it is to be had, and keeps it until the time is over. */
async function hold(others: Database): Promise<void> {
  const endsAt = performance.now() + USED_UP_MS;
  while (performance.now() < endsAt) {
    const leftSeconds = Math.max(0, endsAt - performance.now()) / 1000;
    await others.query(SLEEP, [leftSeconds]).catch(() => pass(5));
  }
}
