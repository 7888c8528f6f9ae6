import { seconds } from "../describe-fault.ts";
import { type Fault, pass } from "../fault.ts";
import { mountSmallDisk, whyNoSmallDisk } from "../mount-small-disk.ts";

const FULL_MS = 6_000;
const MEGABYTES = 400;

/** PostgreSQL first refuses what needs room, and ends where its log cannot grow: the server outlives both. */
export const diskFull: Fault = {
  name: "disk-full",
  about: "the disk of PostgreSQL, a file system of 400 MB, is full for 6 s",
  on: ["postgres"],
  repeats: "none",
  recoversInMs: 25_000,
  isImpossible: whyNoSmallDisk,
  props: async () => ({
    disk: await mountSmallDisk(MEGABYTES),
    // The log soon needs a new file, and does not keep old ones at hand.
    cluster: { settings: ["min_wal_size=32MB", "max_wal_size=64MB", "wal_recycle=off"] },
  }),
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    await scene.disk.fill();
    const keepsFull = setInterval(() => void scene.disk.fill(), 100);
    // What fits into the files that are there is taken still; a large event is not.
    await scene.database.script("select pg_switch_wal()").catch(() => {});
    await pass(FULL_MS);
    clearInterval(keepsFull);
    scene.note(`publishes were refused ${load.refusals.length} times`);
    scene.expect(load.refusals.length > 0, "no publish was refused with a full disk");
    await scene.disk.empty();
    const survived = await scene.database.script("select 1").then(
      () => true,
      () => false,
    );
    scene.note(survived ? "PostgreSQL went on" : "PostgreSQL ended and was started again");
    if (!survived) await scene.cluster.start().catch(() => {});
    scene.healed();
    const startedAt = performance.now();
    await scene.answers(1);
    scene.note(`publishing again after ${seconds(performance.now() - startedAt)} s`);
    await scene.answers(50);
  },
};
