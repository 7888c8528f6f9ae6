/**
 * This node among the others: it registers, says every two seconds that it lives, and makes the leases that carry its
 * id. A node that was silent for ten seconds has lost its leases to rescue; it learns so at its next heartbeat, gives
 * up what it holds and registers anew under another id, so that nothing it still sends can be recorded. Nodes that
 * dispatch learn by the same heartbeat how many share each endpoint's in-flight cap.
 *
 * Who was away itself judges nobody: after an outage of the database, or a step of its clock, every node looks silent
 * to every other until each has said again that it lives.
 */
import type { Clock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { type Heard, heartbeatNode, registerNode } from "../../db/queries/heartbeat-node.ts";
import { rescueLeases } from "../../db/queries/rescue-leases.ts";
import { settleCapShare } from "../../db/queries/settle-cap-share.ts";
import { type CapShare, NEWCOMER } from "./cap-share.ts";

export const HEARTBEAT_MS = 2_000;
/** Five missed heartbeats: longer than a pause of garbage collection, shorter than a person's patience. */
export const SILENCE_MS = 10_000;
/** Between two heartbeats. Longer: this node was away, or the clock was set. */
const AWAY_MS = 5_000;
/** A lease is the node's id and a counter: 2^32 leases a node, and both fit a number below 2^53. */
const LEASES_A_NODE = 2 ** 32;

export interface NodeMembership {
  readonly nodeId: number;
  /** A fresh lease of this node, never given before. */
  nextLease(): number;
  /** What this node may take of each endpoint's in-flight cap now. */
  capShare(): CapShare;
  /** One heartbeat. Resolves to false when the leases were lost and the node has registered anew. */
  runOnce(): Promise<boolean>;
  /** Whether a node that looks silent to this one is silent: this one was not away itself a moment ago. */
  mayJudge(): boolean;
  /** Gives every lease of this node back, and goes. Resolves to the deliveries that others take over. */
  leave(): Promise<number>;
}

export async function joinNodes(input: {
  readonly database: Database;
  readonly clock: Clock;
  readonly host: string;
  readonly pid: number;
  /** Whether it takes deliveries, and so counts where caps are shared. */
  readonly dispatches: boolean;
  /** Told after each heartbeat: there may be more room than before. */
  readonly onShareChanged?: () => void;
}): Promise<NodeMembership> {
  const { database, clock, host, pid, dispatches } = input;
  const register = (): Promise<number> => registerNode(database, { host, pid, dispatches, now: clock.now() });
  let nodeId = await register();
  let counter = 0;
  let share: CapShare = NEWCOMER;
  const settleShare = async (heard: Heard | null): Promise<void> => {
    if (!dispatches) return;
    if (heard !== null && heard.divisor === heard.nodes) {
      // Nobody has come or gone: there is nothing to settle, and no turn to take.
      share = { divisor: heard.divisor, rank: heard.rank };
      return;
    }
    const settled = await settleCapShare(database, nodeId);
    if (settled === null) return;
    const { divisor, rank } = settled;
    share = divisor === null ? NEWCOMER : { divisor, rank };
  };
  await settleShare(null);
  let beatAtMs = clock.nowMs();
  let judgesFromMs = beatAtMs;
  const wasAway = (nowMs: number): boolean => Math.abs(nowMs - beatAtMs) > AWAY_MS;
  return {
    get nodeId() {
      return nodeId;
    },
    nextLease() {
      counter += 1;
      return nodeId * LEASES_A_NODE + counter;
    },
    capShare: () => share,
    async runOnce() {
      const heard = await heartbeatNode(database, { nodeId, now: clock.now() });
      if (heard === null) {
        nodeId = await register();
        counter = 0;
        share = NEWCOMER;
      }
      await settleShare(heard);
      input.onShareChanged?.();
      const nowMs = clock.nowMs();
      if (wasAway(nowMs)) judgesFromMs = nowMs + SILENCE_MS;
      beatAtMs = nowMs;
      return heard !== null;
    },
    mayJudge() {
      const nowMs = clock.nowMs();
      return !wasAway(nowMs) && nowMs >= judgesFromMs;
    },
    async leave() {
      const now = clock.now();
      const { deliveries } = await rescueLeases(database, { now, silentBefore: now, nodeId });
      return deliveries;
    },
  };
}
