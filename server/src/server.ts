/**
 * The composition root: a config in, a running server out, which stops by draining. Everything that owns something is
 * made here, in order, and given up in the opposite order; core gets its ports to the engine here.
 */
import { hostname } from "node:os";

import { hashToken } from "./core/access/api-key-token.ts";
import { createPasswordQueue } from "./core/access/password-queue.ts";
import type { CoreContext } from "./core/context.ts";
import { EventFeed } from "./core/feed/event-feed.ts";
import { parseKeyRing } from "./core/encryption/key-ring.ts";
import { trustKeyRing } from "./core/secrets/trust-key-ring.ts";
import type { Config } from "./config.ts";
import { type Clock, createDatabaseClock, type DatabaseClock } from "./db/clock.ts";
import type { Database } from "./db/database.ts";
import { openEmbedded } from "./db/embedded.ts";
import { openPostgres } from "./db/postgres.ts";
import { createNativeApp } from "./dialects/native/app.ts";
import { createPublishHandler } from "./dialects/native/events/publish-handler.ts";
import { createSelfCommunityApp, SELFCOMMUNITY_PREFIX } from "./dialects/selfcommunity/app.ts";
import { createOAuthApp, OAUTH_PREFIXES } from "./dialects/oauth/app.ts";
import { createThesignupApp, THESIGNUP_PREFIX } from "./dialects/thesignup/app.ts";
import { createVeltApp, VELT_PREFIX } from "./dialects/velt/app.ts";
import { checkTarget } from "./egress/check-target.ts";
import { createEgressGuard } from "./egress/egress-guard.ts";
import { parseTrustedProxies } from "./http/client-address.ts";
import { EventStreams } from "./http/event-streams.ts";
import { listen } from "./http/listen.ts";
import { routeByPrefix } from "./http/route-by-prefix.ts";
import type { Log } from "./log.ts";
import { ClockFollower } from "./maintenance/follow-clock.ts";
import { startMaintenance } from "./maintenance/start-maintenance.ts";
import { countPipeline } from "./monitoring/count-pipeline.ts";
import { logPipeline } from "./monitoring/log-pipeline.ts";
import { type Monitoring, startMonitoring } from "./monitoring/start-monitoring.ts";
import { startTracing } from "./monitoring/start-tracing.ts";
import { joinWatchers, type Watcher } from "./monitoring/watcher.ts";
import { createCourier } from "./pipeline/deliver/deliver.ts";
import { HEARTBEAT_MS, SILENCE_MS } from "./pipeline/dispatch/node-membership.ts";
import { type Engine, startEngine } from "./pipeline/engine.ts";
import { PublisherDirectory } from "./pipeline/publish/recognise-publisher.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { readVersion } from "./version.ts";

export interface Server extends AsyncDisposable {
  /** Of the API. Throws where this node serves none. */
  readonly url: string;
  /** Where health and metrics are served; null when they are not. */
  readonly monitoringUrl: string | null;
  /** What it measures; null where nothing is. */
  readonly monitoring: Pick<Monitoring, "registry" | "checkReadiness"> | null;
  readonly context: CoreContext;
  readonly engine: Engine;
  /** Resolves when the server can do nothing more: its embedded database died. Its process should end then. */
  readonly failed: Promise<Error>;
  /** Takes nothing new, finishes what is in flight, gives the rest back, closes. */
  stop(): Promise<void>;
}

/** What tests give in place of what a config makes. */
export interface ServerOverrides {
  /** Open and migrated; stays open after the server. */
  readonly database?: Database;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Of heartbeats; left out: the process's, and where none runs by itself, one that stands still. */
  readonly monotonicMs?: () => number;
  readonly certificateAuthorities?: readonly string[];
  readonly nameServers?: readonly string[];
  readonly watcher?: Watcher;
  /** Starts no recurring task, so that a test runs each when it wants to. */
  readonly withoutMaintenance?: boolean;
}

/** What is in flight at a stop gets this long: longer than most receivers take, shorter than an orchestrator waits. */
const DRAIN_MS = 30_000;

/** Throws ConfigError or a plain Error that says what is wrong with the database or the address. */
export async function startServer(config: Config, log: Log, overrides: ServerOverrides = {}): Promise<Server> {
  await using stack = new AsyncDisposableStack();
  const onError = (error: unknown, doing: string): void => log.error({ err: error }, doing);
  const random = overrides.random ?? Math.random;
  const version = readVersion();
  const counts = config.monitoring === null ? null : countPipeline();
  const { traces } = config;
  const tracing = stack.use(await startTracing({ traces, version, log, nowMs: () => clock.nowMs() }));

  const { database, died } =
    overrides.database === undefined
      ? await openDatabase(config, onError)
      : { database: overrides.database, died: NEVER };
  if (overrides.database === undefined) stack.use(database);
  const feed = stack.use(new EventFeed({ database, onError: (error) => onError(error, "reading the feed of events") }));
  const watcher = joinWatchers([
    logPipeline(log),
    { stored: () => feed.wake() },
    ...(counts === null ? [] : [counts.watcher]),
    ...(tracing === null ? [] : [tracing.watcher]),
    ...(overrides.watcher === undefined ? [] : [overrides.watcher]),
  ]);
  const measuredClock = await createDatabaseClock(database);
  const clock = overrides.clock ?? measuredClock;
  await prepareDatabase(config, database, clock);

  const { keyRing, faults } = await trustKeyRing({ database, keyRing: parseKeyRing(config.encryptionKeys) });
  for (const { keyId, message } of faults) {
    log.error({ keyId }, `${message} What is sealed with it waits until the right key is in the ring.`);
  }
  const guard = stack.use(
    createEgressGuard({
      allow: [...config.egressAllow],
      nowMs: () => performance.now(),
      nameServers: overrides.nameServers ?? config.nameServers,
    }),
  );
  const courier = stack.use(
    createCourier({
      guard,
      now: () => clock.now(),
      limits: { sockets: config.maxInFlight },
      ...(overrides.certificateAuthorities === undefined
        ? {}
        : { certificateAuthorities: overrides.certificateAuthorities }),
    }),
  );
  const engine = stack.use(
    await startEngine({
      database,
      clock,
      keyRing,
      courier,
      random,
      monotonicMs: overrides.monotonicMs ?? (overrides.withoutMaintenance === true ? () => 0 : undefined),
      version,
      host: hostname(),
      pid: process.pid,
      dispatches: config.roles.includes("dispatcher"),
      maxInFlight: config.maxInFlight,
      defaultMaxInFlight: config.endpointMaxInFlight,
      eventDays: config.retention.eventDays,
      onError,
      observe: watcher,
    }),
  );
  if (overrides.withoutMaintenance !== true) {
    const follower = new ClockFollower({ database, clock });
    stack.use(
      startMaintenance({
        database,
        clock,
        retention: config.retention,
        silenceMs: SILENCE_MS,
        random,
        mayJudge: () => engine.membership.mayJudge(),
        heartbeat: { intervalMs: HEARTBEAT_MS, runOnce: () => beat({ measuredClock, follower, engine, log }) },
        takeFromInbox: () => engine.takeFromInbox(),
        writeSecretUses: () => engine.writeSecretUses(),
        onWaiting: () => engine.wake(),
        observe: watcher,
        onError,
      }),
    );
  }

  const context: CoreContext = {
    database,
    clock,
    keyRing,
    passwordQueue: createPasswordQueue(),
    reveals: config.reveal !== "never",
    checkTarget: (url, { resolve }) => checkTarget(url, { guard, resolve }),
    engine: engine.ports,
  };
  const rootKeyHash = hashToken(config.rootKey);
  const trustedProxies = parseTrustedProxies(config.trustedProxies);
  const onFault = (error: unknown, requestId: string): void =>
    log.error({ err: error, requestId }, "answering a request");
  const streams = new EventStreams();
  const app = createNativeApp({
    context,
    rootKeyHash,
    trustedProxies,
    version,
    onFault,
    feed,
    streams,
    eventDays: config.retention.eventDays,
  });
  const { defaultTenant = null, publicUrl = null } = config;
  const dialectServices = { context, rootKeyHash, trustedProxies, defaultTenant, publicUrl, onFault };
  const { requestBudgets } = config;
  const oauth = createOAuthApp(dialectServices);
  const dialects = [
    { prefix: SELFCOMMUNITY_PREFIX, fetch: createSelfCommunityApp(dialectServices).fetch },
    {
      prefix: THESIGNUP_PREFIX,
      fetch: createThesignupApp({ ...dialectServices, requestBudgets, feed, streams }).fetch,
    },
    { prefix: VELT_PREFIX, fetch: createVeltApp(dialectServices).fetch },
    ...OAUTH_PREFIXES.map((prefix) => ({ prefix, fetch: oauth.fetch })),
  ];
  const publishers = new PublisherDirectory(context, rootKeyHash);
  const listenToCallers = () =>
    listen({
      fetch: routeByPrefix(dialects, app.fetch),
      publish: createPublishHandler({
        store: engine.store,
        publishers,
        trustedProxies,
        onFault,
        traces: tracing?.publishes,
        onAnswered: watcher.answered,
      }),
      host: config.host,
      port: config.port,
    });
  const http = stack.use(config.roles.includes("api") ? await listenToCallers() : null);

  let isStopping = false;
  const monitoring =
    config.monitoring === null || counts === null
      ? null
      : stack.use(
          await startMonitoring({
            at: config.monitoring,
            registry: counts.registry,
            database,
            clock,
            wallNowMs: () => Date.now(),
            engine,
            courier,
            version,
            nodeId: () => engine.membership.nodeId,
            isStopping: () => isStopping,
            onFault: (error) => onError(error, "answering a probe"),
          }),
        );

  const resources = stack.move();
  let stopped: Promise<void> | null = null;
  const stop = async (graceMs: number): Promise<void> => {
    isStopping = true;
    // They would never end by themselves.
    streams.close();
    // At once, so that nothing is claimed while the last callers are answered.
    const [, { released }] = await Promise.all([http?.stop({ graceMs }), engine.drain({ graceMs })]);
    if (released > 0) log.info({ released }, "gave deliveries back");
    await resources.disposeAsync();
  };
  return {
    get url() {
      if (http === null) throw new Error("This node serves no API: it has the role dispatcher alone.");
      return http.url;
    },
    monitoringUrl: monitoring?.url ?? null,
    monitoring,
    context,
    engine,
    failed: died,
    stop: () => (stopped ??= stop(DRAIN_MS)),
    [Symbol.asyncDispose]: () => (stopped ??= stop(0)),
  };
}

/** Of a database that goes away and comes back. */
const NEVER = new Promise<Error>(() => {});

async function openDatabase(
  config: Config,
  onError: (error: unknown, doing: string) => void,
): Promise<{ readonly database: Database; readonly died: Promise<Error> }> {
  if (config.database.kind === "embedded") {
    const database = await openEmbedded({ directory: config.database.directory, onError });
    return { database, died: database.died };
  }
  const { url, poolSize } = config.database;
  return { database: await openPostgres({ url, poolSize, onError }), died: NEVER };
}

/**
 * One heartbeat. The clock is measured just before: all nodes notice within one heartbeat that it was set, before any
 * of them takes another for silent.
 */
async function beat(input: {
  readonly measuredClock: DatabaseClock;
  readonly follower: ClockFollower;
  readonly engine: Engine;
  readonly log: Log;
}): Promise<void> {
  const { measuredClock, follower, engine, log } = input;
  follower.noteMove(await measuredClock.runOnce());
  if (!(await engine.membership.runOnce())) {
    log.warn("this node was silent for too long and lost its leases");
  }
  const movedMs = await follower.runOnce(engine.membership);
  if (movedMs > 0) log.warn({ movedMs }, "the database's clock was set back: moved what waits for a time");
  const deliveries = await engine.giveBackDoubtful();
  if (deliveries > 0) log.warn({ deliveries }, "gave back what was leased by commits whose answers were lost");
  if (movedMs + deliveries > 0) engine.wake();
}
