import { seconds } from "../describe-fault.ts";
import { type Fault, pass } from "../fault.ts";
import { mountSmallDisk, whyNoSmallDisk } from "../mount-small-disk.ts";

const FULL_MS = 6_000;
const MEGABYTES = 300;

/** The server refuses, or ends with code 1 for its supervisor to start it again; either way nothing is lost. */
export const embeddedDiskFull: Fault = {
  name: "embedded-disk-full",
  about: "the disk of the embedded database, a file system of 300 MB, is full for 6 s",
  on: ["embedded"],
  repeats: "in flight",
  recoversInMs: 30_000,
  isImpossible: whyNoSmallDisk,
  props: async () => ({ disk: await mountSmallDisk(MEGABYTES) }),
  async tell(scene) {
    const node = await scene.startNode();
    const load = await scene.publishTo(node);
    await scene.disk.fill();
    const keepsFull = setInterval(() => void scene.disk.fill(), 100);
    const exit = await Promise.race([node.exited, pass(FULL_MS)]);
    clearInterval(keepsFull);
    await scene.disk.empty();
    if (exit === undefined) {
      scene.expect(load.refusals.length > 0, "no publish was refused with a full disk");
      scene.note("the server went on");
      scene.healed();
      const startedAt = performance.now();
      await scene.answers(50);
      scene.note(`50 more published in ${seconds(performance.now() - startedAt)} s`);
      return;
    }
    scene.expect(exit.code === 1, `it ended with ${exit.signal ?? exit.code}`);
    scene.note("the server ended with code 1 and was started again");
    await load.stop();
    await scene.witness(node);
    await scene.startNode();
    scene.healed();
  },
};
