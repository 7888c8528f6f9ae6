import { seconds } from "../describe-fault.ts";
import { type Fault, type FaultScene, pass } from "../fault.ts";
import { createWallClock, whyNoWallClock, type WallClock } from "../fake-wall-clock.ts";

const HOUR_S = 3_600;
/** Longer than a node takes to measure the database's clock again, and than the silence after which one is given up. */
const STEPPED_MS = 13_000;

async function step(scene: FaultScene, clock: WallClock, offsetSeconds: number): Promise<void> {
  await clock.set(offsetSeconds);
  await pass(STEPPED_MS);
  const startedAt = performance.now();
  await scene.answers(50);
  scene.note(
    `${offsetSeconds > 0 ? "forward" : "back"}: 50 more published in ${seconds(performance.now() - startedAt)} s`,
  );
}

/** The clock that counts is the database's, over the monotonic one: the server's own is not looked at. */
export const serverClockStepped: Fault = {
  name: "server-clock-stepped",
  about: "the wall clock of the server goes an hour forward, and an hour back behind where it was",
  on: ["postgres", "embedded"],
  repeats: "none",
  recoversInMs: 20_000,
  isImpossible: whyNoWallClock,
  async tell(scene) {
    await using clock = await createWallClock();
    const node = await scene.startNode({ env: clock.env });
    await scene.publishTo(node);
    await step(scene, clock, HOUR_S);
    await step(scene, clock, -HOUR_S);
    scene.healed();
  },
};

function databaseClockStepped(name: string, about: string, offsetSeconds: number, recoversInMs: number): Fault {
  return {
    name,
    about,
    on: ["postgres"],
    repeats: "none",
    recoversInMs,
    isImpossible: whyNoWallClock,
    props: async () => ({ clock: await createWallClock() }),
    async tell(scene) {
      const first = await scene.startNode();
      const second = await scene.startNode();
      await scene.publishTo(first, second);
      await step(scene, scene.clock, offsetSeconds);
      scene.healed();
    },
  };
}

/** Nobody is taken for dead, since every node looks silent to every other in that moment. */
export const databaseClockForward = databaseClockStepped(
  "database-clock-forward",
  "the clock of the database goes an hour forward under two nodes",
  HOUR_S,
  20_000,
);

export const databaseClockBack = databaseClockStepped(
  "database-clock-back",
  "the clock of the database goes an hour back under two nodes",
  -HOUR_S,
  20_000,
);
