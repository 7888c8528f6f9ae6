/** Sets the scene of one fault: everything is made for it alone, and gone with it. */
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import type { Database } from "../../src/db/database.ts";
import { openEmbedded } from "../../src/db/embedded.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import type { DeathFacts } from "../crash/check-round.ts";
import { createApiCall, createCrashTenant, createReaction, type CrashTenant } from "../crash/crash-tenant.ts";
import { type Ledger, readLedger } from "../crash/read-ledger.ts";
import { type Load, startLoad } from "../crash/start-load.ts";
import { embeddedTemplate } from "../support/database-template.ts";
import { startPostgresCluster } from "../support/start-postgres-cluster.ts";
import { startServingProcess } from "../support/start-serving-process.ts";
import { startWire } from "../support/start-wire.ts";
import { type Fault, type FaultNode, type FaultScene, type NodeOptions, type Props, until } from "./fault.ts";
import { startDevProcess } from "./start-dev-process.ts";

/** What the story has done to the scene, for those who judge it. */
export interface SetScene extends AsyncDisposable {
  readonly scene: FaultScene;
  readonly nodes: readonly FaultNode[];
  readonly tenant: CrashTenant;
  readonly load: Load;
  readonly deaths: readonly DeathFacts[];
  /** Milliseconds of this process' clock. */
  readonly healedAt: number;
  readonly notes: string[];
  readonly violations: string[];
  /** Everything the database says of the tenant. An embedded one is read when its server has stopped. */
  readLedger(): Promise<Ledger>;
}

/** A load that keeps every stage busy and leaves the machine room for the fault. */
const PUBLISHERS = 8;
const PAUSE_MS = 20;
const UNDER_WAY = 200;

export async function openFaultScene(fault: Fault, kind: Database["kind"]): Promise<SetScene> {
  await using stack = new AsyncDisposableStack();
  const props = (await fault.props?.()) ?? {};
  for (const prop of [props.disk, props.clock]) if (prop !== undefined) stack.use(prop);
  const home = stack.use(kind === "postgres" ? await openClusterHome(props) : await openDirectoryHome(props));
  const receiver = stack.use(await startReceiver({ react: createReaction() }));
  const nodes: FaultNode[] = [];
  const deaths: DeathFacts[] = [];
  const notes: string[] = [];
  const violations: string[] = [];
  let tenant: CrashTenant | null = null;
  let load: Load | null = null;
  let healedAt: number | null = null;
  // Publishers of a story that broke off would ask for ever.
  stack.defer(async () => load?.stop());

  const scene: FaultScene = {
    kind,
    get rootKey() {
      return home.rootKey();
    },
    get cluster() {
      return home.postgres().cluster;
    },
    get wire() {
      return home.postgres().wire;
    },
    get database() {
      return home.postgres().database;
    },
    get disk() {
      return present(props.disk ?? null, "disk");
    },
    get clock() {
      return present(props.clock ?? null, "clock");
    },
    get directory() {
      return home.directory();
    },
    get tenantPath() {
      return present(tenant, "tenant").path;
    },
    receiver,
    async startNode(options = {}) {
      const node = resources.use(await home.startNode(`fault-${nodes.length + 1}`, options));
      nodes.push(node);
      tenant ??= await createCrashTenant(createApiCall(node.url, home.rootKey()), receiver.url);
      return node;
    },
    async publishTo(...targets) {
      const urls = targets.map(({ url }) => url);
      const tenantPath = present(tenant, "tenant").path;
      load = startLoad({ urls, tenantPath, rootKey: home.rootKey(), publishers: PUBLISHERS, patientMs: PAUSE_MS });
      await load.waitForAnswers(UNDER_WAY);
      return load;
    },
    answers: (count) => {
      const running = present(load, "load");
      return running.waitForAnswers(running.answers + count);
    },
    async witness(node) {
      const { publishes } = present(load, "load");
      const answered = new Set(publishes.filter((publish) => publish.answered !== null));
      const { nodeId, found } = await home.readAfter(node, present(tenant, "tenant").id);
      deaths.push({ nodeId, found, answered, requests: receiver.requests.length });
    },
    healed: () => void (healedAt = performance.now()),
    note: (text) => void notes.push(text),
    expect: (isSo, otherwise) => void (isSo || violations.push(otherwise)),
  };
  const resources = stack.move();
  return {
    scene,
    nodes,
    get tenant() {
      return present(tenant, "tenant");
    },
    get load() {
      return present(load, "load");
    },
    deaths,
    get healedAt() {
      return present(healedAt, "end of the fault");
    },
    notes,
    violations,
    readLedger: () => home.readLedger(nodes, present(tenant, "tenant").id),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function present<T>(value: T | null, name: string): T {
  if (value === null) throw new Error(`the story has no ${name} yet`);
  return value;
}

interface Home extends AsyncDisposable {
  rootKey(): string;
  directory(): string;
  postgres(): Pick<FaultScene, "cluster" | "wire" | "database">;
  startNode(name: string, options: NodeOptions): Promise<FaultNode>;
  readAfter(node: FaultNode, tenantId: string): Promise<{ nodeId: number | null; found: Ledger }>;
  readLedger(nodes: readonly FaultNode[], tenantId: string): Promise<Ledger>;
}

const NODE_OF_PID = { name: "fault-node", text: "select id from nodes where pid = $1::integer" };
const BUSY_CONNECTIONS = {
  name: "fault-busy",
  text: `select 1 from pg_stat_activity
    where datname = current_database() and application_name = $1::text and state = 'active'`,
};
/** One that waits for a lock of the same node's, which is frozen too, is not waited for. */
const SETTLED_MS = 500;

async function openClusterHome({ cluster: options = {}, disk, clock }: Props): Promise<Home> {
  await using stack = new AsyncDisposableStack();
  const place = {
    ...(disk === undefined ? {} : { parent: disk.folder }),
    ...(clock === undefined ? {} : { env: clock.env }),
  };
  const cluster = stack.use(await startPostgresCluster({ ...options, ...place }));
  const wire = stack.use(await startWire(cluster.url));
  const database = stack.use(await openPostgres({ url: cluster.url, poolSize: 1 }));
  const keys = {
    rootKey: `root_${randomBytes(24).toString("base64url")}`,
    encryptionKeys: `test:${randomBytes(32).toString("base64")}`,
  };
  const resources = stack.move();
  return {
    rootKey: () => keys.rootKey,
    directory() {
      throw new Error("this story needs the embedded database");
    },
    postgres: () => ({ cluster, wire, database }),
    async startNode(name, { throughWire = false, env = {}, user }) {
      const url = new URL(throughWire ? wire.url : cluster.url);
      if (user !== undefined) url.username = user;
      url.searchParams.set("application_name", name);
      return { name, ...(await startServingProcess({ databaseUrl: url.href, ...keys, env })) };
    },
    async readAfter(node, tenantId) {
      // What it had sent may still be committed.
      await until(async () => (await database.query(BUSY_CONNECTIONS, [node.name])).length === 0, SETTLED_MS);
      const [row] = await database.query<{ id: number }>(NODE_OF_PID, [node.pid]);
      return { nodeId: row?.id ?? null, found: await readLedger(database, tenantId) };
    },
    readLedger: (_nodes, tenantId) => readLedger(database, tenantId),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function openDirectoryHome({ disk }: Props): Promise<Home> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(disk?.folder ?? tmpdir(), "posthorn-fault-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await cp(await embeddedTemplate(new Date()), directory, { recursive: true });
  let rootKey = "";
  const read = async (tenantId: string): Promise<Ledger> => {
    await using database = await openEmbedded({ directory });
    return await readLedger(database, tenantId);
  };
  const resources = stack.move();
  return {
    rootKey: () => rootKey,
    directory: () => directory,
    postgres() {
      throw new Error("this story needs PostgreSQL");
    },
    async startNode(name, { env = {} }) {
      const node = await startDevProcess({ directory, env });
      rootKey = node.rootKey;
      return { name, monitoringUrl: null, ...node };
    },
    // One process holds all leases there are, so they are of the node that died.
    async readAfter(_node, tenantId) {
      const found = await read(tenantId);
      const lease = found.queue.find((row) => row.lease !== null)?.lease ?? null;
      return { nodeId: lease === null ? null : Math.floor(lease / 2 ** 32), found };
    },
    async readLedger(nodes, tenantId) {
      for (const node of nodes) await node[Symbol.asyncDispose]();
      return read(tenantId);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
