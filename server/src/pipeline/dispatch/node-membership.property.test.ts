/** Nodes join, beat, leave and fall silent in any order: their shares of a cap never add up to more than it allows. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";

import { type EngineBench, openEngineBench } from "../../../test/support/engine-bench.ts";
import { rescueLeases } from "../../db/queries/rescue-leases.ts";
import { NEWCOMER, shareOfCap, WHOLE_CAP } from "./cap-share.ts";
import { joinNodes, type NodeMembership } from "./node-membership.ts";

const CAP = 60;
const RUNS = 15;

let bench: EngineBench;
beforeAll(async () => {
  bench = await openEngineBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const join = (dispatches = true): Promise<NodeMembership> => joinNodes({ ...bench, host: "here", pid: 1, dispatches });
const truncate = (): Promise<void> => bench.database.script("truncate nodes");

const steps = fc.array(
  fc.record({ kind: fc.constantFrom("join", "beat", "beat", "beat", "leave", "die"), which: fc.nat(20) }),
  { minLength: 1, maxLength: 30 },
);

it("never exceeds the cap by more than one for each node that waits for room, and settles on all of it", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      await truncate();
      let nodes: NodeMembership[] = [];
      for (const { kind, which } of walk) {
        const node = nodes[which % Math.max(1, nodes.length)];
        if (kind === "join" && nodes.length < 6) nodes.push(await join());
        else if (node !== undefined && kind === "beat") await node.runOnce();
        else if (node !== undefined && (kind === "leave" || kind === "die")) {
          // Who falls silent is taken off by the others; it sends no more when they take its room.
          if (kind === "leave") await node.leave();
          else await takeOff(node);
          nodes = nodes.filter((other) => other !== node);
        }
        // A share that is rounded up is one above an even part.
        expect(sumOfShares(nodes)).toBeLessThanOrEqual(CAP + nodes.length);
        expect(evenParts(nodes)).toBeLessThanOrEqual(1.001);
      }
      for (let round = 0; round < 2; round += 1) for (const node of nodes) await node.runOnce();
      expect(sumOfShares(nodes)).toBe(nodes.length === 0 ? 0 : CAP);
    }),
    { numRuns: RUNS },
  );
});

it("counts only nodes that dispatch", async () => {
  await truncate();
  const server = await join(false);
  const dispatcher = await join();
  await server.runOnce();
  expect(server.capShare()).toEqual(NEWCOMER);
  expect(dispatcher.capShare()).toEqual(WHOLE_CAP);
});

const sumOfShares = (nodes: readonly NodeMembership[]): number =>
  nodes.reduce((sum, node) => sum + shareOfCap(CAP, node.capShare()), 0);

/** Of nodes that wait for room almost nothing. */
const evenParts = (nodes: readonly NodeMembership[]): number =>
  nodes.reduce((sum, node) => sum + 1 / node.capShare().divisor, 0);

async function takeOff(node: NodeMembership): Promise<void> {
  const now = bench.clock.now();
  await rescueLeases(bench.database, { now, silentBefore: now, nodeId: node.nodeId });
}
