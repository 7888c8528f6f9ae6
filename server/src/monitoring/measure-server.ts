/**
 * The gauges, read when somebody asks: what this node holds, how far dispatch is behind, how large the tables are.
 * The database is asked at most once in five seconds for the backlog and once a minute for sizes, whoever scrapes. A
 * database that is away takes its gauges with it and nothing else: `posthorn_database_up` says why.
 */
import { Gauge, type Registry } from "@prometheus-io/client";

import type { Clock } from "../db/clock.ts";
import type { Database } from "../db/database.ts";
import { type BacklogRow, measureBacklog } from "../db/queries/measure-backlog.ts";
import { measureTables, type TableRow } from "../db/queries/measure-tables.ts";
import { PARTITIONED_TABLES } from "../maintenance/day-partitions.ts";
import type { CourierStats } from "../pipeline/deliver/deliver.ts";
import type { Engine } from "../pipeline/engine.ts";
import { type SharedMeasurement, shareMeasurement } from "./share-measurement.ts";

export interface MeasuredServer {
  readonly database: Database;
  readonly clock: Clock;
  /** This machine's wall clock, which nothing but a gauge looks at. */
  readonly wallNowMs: () => number;
  readonly engine: Pick<Engine, "stats">;
  readonly courier: { stats(): CourierStats };
  readonly version: string;
}

const BACKLOG_STANDS_FOR_MS = 5_000;
const TABLES_STAND_FOR_MS = 60_000;
/** A scrape gives up after 10 s by default; its other gauges do not wait for a database that hangs. */
const WAIT_MS = 2_000;
/** The lanes whose turn is next: a few milliseconds, however many there are. */
const MAX_LANES = 1_000;
/** Waiting deliveries are counted up to here, and estimated beyond. */
const COUNT_UP_TO = 1_000;
/** Tables whose rows come and go: dead rows there slow the hot path. */
const HOT_TABLES = [
  "inbox",
  "queue",
  "lanes",
  "turn_requests",
  "endpoint_health",
  "publish_keys",
  "idempotent_answers",
];

export function measureServer(registry: Registry, server: MeasuredServer): void {
  const nowMs = (): number => server.clock.nowMs();
  const backlog = shareMeasurement({
    standsForMs: BACKLOG_STANDS_FOR_MS,
    nowMs,
    measure: () => measureBacklogNow(server),
  });
  const tables = shareMeasurement({
    standsForMs: TABLES_STAND_FOR_MS,
    nowMs,
    measure: () => measureTables(server.database, [...HOT_TABLES, ...PARTITIONED_TABLES]),
  });
  gaugeNode(registry, server);
  gaugeBacklog(registry, backlog);
  gaugeTables(registry, tables);
}

function gaugeNode(registry: Registry, { database, clock, wallNowMs, engine, courier, version }: MeasuredServer): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
  };
  gauge("posthorn_deliveries_in_flight", "Deliveries on their way in this node.", () => engine.stats().inFlight);
  gauge("posthorn_deliveries_held", "Deliveries leased to this node and not recorded yet.", () => engine.stats().held);
  gauge("posthorn_publishes_waiting", "Publishes that wait for a commit.", () => engine.stats().storing);
  gauge("posthorn_records_waiting", "Finished attempts that wait for a commit.", () => engine.stats().recording);
  gauge("posthorn_sockets_open", "Sockets to receivers.", () => courier.stats().openSockets);
  gauge("posthorn_sockets_idle", "Sockets to receivers that wait for a request.", () => courier.stats().idleSockets);
  gauge("posthorn_sockets_wanted", "Requests that wait for a socket.", () => courier.stats().waiting);
  gauge("posthorn_database_connections_open", "Database connections.", () => database.connections().total);
  gauge("posthorn_database_connections_idle", "Database connections nobody uses.", () => database.connections().idle);
  gauge(
    "posthorn_database_connections_wanted",
    "Callers that wait for a database connection.",
    () => database.connections().waiting,
  );
  const offset: Gauge = new Gauge({
    name: "posthorn_clock_offset_seconds",
    help: "The database's clock, which counts, minus this machine's.",
    registers: [registry],
    aggregator: "average",
    collect: () => offset.set((clock.nowMs() - wallNowMs()) / 1000),
  });
  const build = new Gauge({
    name: "posthorn_build_info",
    help: "Always 1; its labels say what runs.",
    labelNames: ["version", "node_version", "database"],
    registers: [registry],
    aggregator: "first",
  });
  build.set({ version, node_version: process.version, database: database.kind }, 1);
}

interface Backlog {
  readonly lagSeconds: number;
  readonly oldestDueSeconds: number;
  readonly waiting: number;
  readonly leased: number;
  readonly nodes: number;
  readonly inbox: { readonly waiting: number; readonly oldestSeconds: number; readonly setAside: number };
}

async function measureBacklogNow({ database, clock }: MeasuredServer): Promise<Backlog> {
  const now = clock.now();
  const row = await measureBacklog(database, { now, lanes: MAX_LANES, countUpTo: COUNT_UP_TO });
  return {
    lagSeconds: secondsSince(row.late_since, now),
    oldestDueSeconds: secondsSince(row.oldest_due_at, now),
    waiting: estimateWaiting(row),
    leased: row.leased,
    nodes: row.nodes,
    inbox: {
      waiting: row.inbox_waiting < COUNT_UP_TO ? row.inbox_waiting : Math.max(COUNT_UP_TO, row.inbox_estimate),
      oldestSeconds: secondsSince(row.inbox_since, now),
      setAside: row.inbox_set_aside,
    },
  };
}

function estimateWaiting(row: BacklogRow): number {
  return row.waiting < COUNT_UP_TO ? row.waiting : Math.max(COUNT_UP_TO, row.unfinished_estimate - row.leased);
}

function secondsSince(time: Date | null, now: Date): number {
  return time === null ? 0 : Math.max(0, now.getTime() - time.getTime()) / 1000;
}

function gaugeBacklog(registry: Registry, backlog: SharedMeasurement<Backlog>): void {
  const read = (): Promise<Backlog | null> => backlog.read({ waitMs: WAIT_MS }).catch(() => null);
  const gauge = (name: string, help: string, pick: (backlog: Backlog) => number): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      aggregator: "first",
      async collect() {
        const known = await read();
        if (known === null) made.remove();
        else made.set(pick(known));
      },
    });
  };
  gauge(
    "posthorn_due_lag_seconds",
    "How long the endpoint whose turn is most overdue has waited for a claim: how far dispatch is behind.",
    ({ lagSeconds }) => lagSeconds,
  );
  gauge(
    "posthorn_oldest_due_age_seconds",
    "Age of the oldest due delivery that is not on its way, held back by its endpoint or not; paused ones left out.",
    ({ oldestDueSeconds }) => oldestDueSeconds,
  );
  gauge(
    "posthorn_deliveries_waiting",
    `Deliveries that wait, due or not, in all nodes: exact below ${COUNT_UP_TO}, estimated above.`,
    ({ waiting }) => waiting,
  );
  gauge("posthorn_deliveries_leased", "Deliveries leased to any node.", ({ leased }) => leased);
  gauge(
    "posthorn_inbox_waiting",
    `Events that products committed and no node has taken: exact below ${COUNT_UP_TO}, estimated above.`,
    ({ inbox }) => inbox.waiting,
  );
  gauge(
    "posthorn_inbox_oldest_age_seconds",
    "How long ago the oldest of them was published: its transaction may have been open for most of it.",
    ({ inbox }) => inbox.oldestSeconds,
  );
  gauge(
    "posthorn_inbox_set_aside",
    `Events of the inbox that could not be stored, counted up to ${COUNT_UP_TO}.`,
    ({ inbox }) => inbox.setAside,
  );
  gauge("posthorn_nodes", "Nodes that are registered.", ({ nodes }) => nodes);
  const up: Gauge = new Gauge({
    name: "posthorn_database_up",
    help: `1 when the database answered within ${WAIT_MS / 1000} s.`,
    registers: [registry],
    aggregator: "min",
    collect: async () => up.set((await read()) === null ? 0 : 1),
  });
}

function gaugeTables(registry: Registry, tables: SharedMeasurement<TableRow[]>): void {
  const gauge = (name: string, help: string, pick: (row: TableRow) => number | null): void => {
    const made: Gauge<"table"> = new Gauge({
      name,
      help,
      labelNames: ["table"],
      registers: [registry],
      aggregator: "first",
      async collect() {
        const rows = await tables.read({ waitMs: WAIT_MS }).catch(() => null);
        made.reset();
        for (const row of rows ?? []) {
          const value = pick(row);
          if (value !== null) made.set({ table: row.table }, value);
        }
      },
    });
  };
  gauge("posthorn_table_size_bytes", "Size with partitions and indexes.", ({ bytes }) => bytes);
  gauge("posthorn_table_live_rows", "Live rows, estimated.", ({ live_rows }) => live_rows);
  gauge("posthorn_table_dead_rows", "Dead rows that wait for vacuum, estimated.", ({ dead_rows }) => dead_rows);
  gauge("posthorn_table_partitions", "Day partitions.", ({ partitions }) => (partitions === 0 ? null : partitions));
  gauge("posthorn_table_largest_partition_bytes", "Size of the largest day.", (row) =>
    row.partitions === 0 ? null : row.largest_partition_bytes,
  );
}
