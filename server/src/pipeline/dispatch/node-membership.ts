/**
 * This node among the others: it registers, says every two seconds that it lives, and makes the leases that carry its
 * id. A node that was silent for ten seconds has lost its leases to rescue; it learns so at its next heartbeat, gives
 * up what it holds and registers anew under another id, so that nothing it still sends can be recorded. Nodes that
 * dispatch learn by the same heartbeat how many share each endpoint's in-flight cap.
 *
 * Until that heartbeat it must lease nothing, or what it leases is taken from it and sent again. So a node leases only
 * while its last heartbeat is so fresh that nobody can have missed the next ones, by the monotonic clock, which no step
 * of the time moves: five seconds, and as many for the commit to come back (LATE_MS in engine.ts) are the ten of silence.
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
export const AWAY_MS = 5_000;
/** A lease is the node's id and a counter: 2^32 leases a node, and both fit a number below 2^53. */
const LEASES_A_NODE = 2 ** 32;

export interface NodeMembership {
  readonly nodeId: number;
  /** A fresh lease of this node, never given before. */
  nextLease(): number;
  /** Whether the lease is of the id that this node has now: those of an id before are lost. */
  owns(lease: number): boolean;
  /** Whether this node can be sure that nobody takes it for dead. */
  mayLease(): boolean;
  /** What this node may take of each endpoint's in-flight cap now. */
  capShare(): CapShare;
  /** One heartbeat. Resolves to false when the leases were lost, `onLost` was told, and the node has registered anew. */
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
  /** Left out: of this process. */
  readonly monotonicMs?: (() => number) | undefined;
  /** Told after each heartbeat: there may be more room than before. */
  readonly onShareChanged?: () => void;
  /** Told in the moment in which the node takes another id: what it holds is lost, what it leases from here on is not. */
  readonly onLost?: () => void;
}): Promise<NodeMembership> {
  const { database, clock, host, pid, dispatches, monotonicMs = () => performance.now() } = input;
  const register = (): Promise<number> => registerNode(database, { host, pid, dispatches, now: clock.now() });
  let heardAtMs = monotonicMs();
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
    owns: (lease) => Math.floor(lease / LEASES_A_NODE) === nodeId,
    mayLease: () => monotonicMs() - heardAtMs < AWAY_MS,
    capShare: () => share,
    async runOnce() {
      // From before it is said: whoever reads it later sees nothing older.
      let saidAtMs = monotonicMs();
      const heard = await heartbeatNode(database, { nodeId, now: clock.now() });
      if (heard === null) {
        saidAtMs = monotonicMs();
        const next = await register();
        input.onLost?.();
        nodeId = next;
        counter = 0;
        share = NEWCOMER;
      }
      heardAtMs = saidAtMs;
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
