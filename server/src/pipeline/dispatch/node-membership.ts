/**
 * This node among the others: it registers, says every two seconds that it lives, and makes the leases that carry its
 * id. A node that was silent for ten seconds has lost its leases to rescue; it learns so at its next heartbeat, gives
 * up what it holds and registers anew under another id, so that nothing it still sends can be recorded.
 */
import type { Clock } from "../../db/clock.ts";
import type { Database } from "../../db/database.ts";
import { heartbeatNode, registerNode } from "../../db/queries/heartbeat-node.ts";
import { rescueLeases } from "../../db/queries/rescue-leases.ts";

export const HEARTBEAT_MS = 2_000;
/** Five missed heartbeats: longer than a pause of garbage collection, shorter than a person's patience. */
export const SILENCE_MS = 10_000;
/** A lease is the node's id and a counter: 2^32 leases a node, and both fit a number below 2^53. */
const LEASES_A_NODE = 2 ** 32;

export interface NodeMembership {
  readonly nodeId: number;
  /** A fresh lease of this node, never given before. */
  nextLease(): number;
  /** One heartbeat. Resolves to false when the leases were lost and the node has registered anew. */
  runOnce(): Promise<boolean>;
  /** Gives every lease of this node back, and goes. Resolves to the deliveries that others take over. */
  leave(): Promise<number>;
}

export async function joinNodes(input: {
  readonly database: Database;
  readonly clock: Clock;
  readonly host: string;
  readonly pid: number;
}): Promise<NodeMembership> {
  const { database, clock, host, pid } = input;
  const register = (): Promise<number> => registerNode(database, { host, pid, now: clock.now() });
  let nodeId = await register();
  let counter = 0;
  return {
    get nodeId() {
      return nodeId;
    },
    nextLease() {
      counter += 1;
      return nodeId * LEASES_A_NODE + counter;
    },
    async runOnce() {
      if (await heartbeatNode(database, { nodeId, now: clock.now() })) return true;
      nodeId = await register();
      counter = 0;
      return false;
    },
    async leave() {
      const now = clock.now();
      const { deliveries } = await rescueLeases(database, { now, silentBefore: now, nodeId });
      return deliveries;
    },
  };
}
