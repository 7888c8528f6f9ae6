/**
 * The vocabulary of the fault tests. A fault is a story that is told on a scene: a database, the wire to it, servers as
 * an operator starts them, a tenant whose receivers go every way a delivery can go, and publishers who ask again until
 * they are answered. The story does the harm and undoes it; what must hold afterwards is the same for every fault.
 */
import type { Receiver } from "../../../devkit/receivers/start-receiver.ts";
import type { Database } from "../../src/db/database.ts";
import type { Load } from "../crash/start-load.ts";
import type { Exit } from "../support/start-serving-process.ts";
import type { ClusterOptions, PostgresCluster } from "../support/start-postgres-cluster.ts";
import type { Wire } from "../support/start-wire.ts";
import type { WallClock } from "./fake-wall-clock.ts";
import type { SmallDisk } from "./mount-small-disk.ts";

export interface Fault {
  /** What the command line calls it. */
  readonly name: string;
  /** What happens, in a few words. */
  readonly about: string;
  readonly on: readonly Database["kind"][];
  /** Takes seconds, so `npm test` tells it too, on PostgreSQL. */
  readonly isShort?: true;
  /** Requests that receivers get twice: none, or what was in flight at the deaths that the story witnessed. */
  readonly repeats: "none" | "in flight";
  /** Deliveries end within this of the end of the fault. */
  readonly recoversInMs: number;
  /** Why this machine cannot tell the story; null when it can. */
  readonly isImpossible?: () => Promise<string | null>;
  /** What must be there before the database is. */
  readonly props?: () => Promise<Props>;
  readonly tell: (scene: FaultScene) => Promise<void>;
}

export interface Props {
  /** Of the PostgreSQL server. */
  readonly cluster?: ClusterOptions;
  /** Holds the database. */
  readonly disk?: SmallDisk;
  /** What PostgreSQL takes for the time of day. */
  readonly clock?: WallClock;
}

export interface FaultScene {
  readonly kind: Database["kind"];
  readonly rootKey: string;
  /** The PostgreSQL server; throws on the embedded database. */
  readonly cluster: PostgresCluster;
  /** Between the database and the nodes that were started through it. */
  readonly wire: Wire;
  /** A connection of the test's own, past the wire. */
  readonly database: Database;
  /** The props of the story; each throws where it has none. */
  readonly disk: SmallDisk;
  readonly clock: WallClock;
  /** Of the embedded database; throws on PostgreSQL. */
  readonly directory: string;
  /** `/v1/tenants/{slug}`. */
  readonly tenantPath: string;
  /** Of the tenant's endpoints. */
  readonly receiver: Receiver;
  /** The first one makes the tenant. */
  startNode(options?: NodeOptions): Promise<FaultNode>;
  /** Begins to publish to these nodes in turn. Resolves when the load is well under way. */
  publishTo(...nodes: readonly FaultNode[]): Promise<Load>;
  /** Resolves when so many more publishes were answered. */
  answers(count: number): Promise<void>;
  /** Call when the node is dead or frozen: what it holds now may be sent twice. */
  witness(node: FaultNode): Promise<void>;
  /** The harm is undone: recovery is measured from here. */
  healed(): void;
  /** A figure for the report. */
  note(text: string): void;
  /** What the fault must not have done, beyond what holds for every fault. */
  expect(isSo: boolean, otherwise: string): void;
}

export interface NodeOptions {
  /** Reaches its database over the wire. */
  readonly throughWire?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** As whom it connects to PostgreSQL. */
  readonly user?: string;
}

export interface FaultNode extends AsyncDisposable {
  /** Of its database connections. */
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  /** null on the embedded database. */
  readonly monitoringUrl: string | null;
  readonly exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
}

/** For stories in which nothing but time can pass. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Looks again and again; resolves to how long it took, or to null when it did not come in time. */
export async function until(isSo: () => Promise<boolean>, limitMs: number): Promise<number | null> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > limitMs) return null;
    await pass(50);
  }
  return performance.now() - startedAt;
}

/** Whether the node calls itself ready. */
export async function isReady(node: FaultNode): Promise<boolean> {
  const answer = await fetch(`${node.monitoringUrl}/health/ready`).catch(() => null);
  return answer?.status === 200;
}
