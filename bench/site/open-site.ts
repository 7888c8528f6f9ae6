/**
 * What a scenario stands on: a database, the server under test, the publisher, the bare relay and receivers, each a
 * process of its own, and a name server that never answers. A scenario makes its own tenants and receivers and asks for
 * phases; the site numbers the events, remembers every phase, and at the end says which promises were broken.
 */
import { startDnsServer } from "../../devkit/receivers/start-dns-server.ts";
import type { Database } from "../../server/src/db/database.ts";
import { openEmbedded } from "../../server/src/db/embedded.ts";
import { openPostgres } from "../../server/src/db/postgres.ts";
import { type PhaseFigures, type PublishPhase, runPublishPhase } from "../measure/publish-phase.ts";
import type { Companion } from "../processes/companion.ts";
import type { LoadCalls } from "../processes/load.ts";
import type { PublishTarget } from "../processes/request-writer.ts";
import { type BenchDatabase, createBenchDatabase, type DatabaseKind } from "../targets/bench-database.ts";
import { type Posthorn, type ServingForm, startPosthorn } from "../targets/posthorn.ts";
import { CONNECTIONS } from "./connections.ts";
import { findBroken, type Promised } from "./find-broken.ts";
import { openPublisher } from "./open-publisher.ts";
import { openReceiver, type ReceiverOptions, type SiteReceiver } from "./open-receiver.ts";
import { type SiteTenant, createSiteTenant } from "./site-tenant.ts";

/** The one event type of a scenario that needs no more. */
export const EVENT_TYPE = "invoice.paid";
/** A name under this is one whose name server is dead. */
export const DEAD_DOMAIN = "dead.bench";

export interface Phase {
  /** Shown to whoever watches. */
  readonly name: string;
  readonly targets: readonly PublishTarget[];
  readonly receiver: SiteReceiver;
  /** Left out: the site's own. A second one publishes beside it, to another receiver. */
  readonly publisher?: Companion<LoadCalls>;
  readonly seconds: number;
  /** Requests a second, open loop; left out: closed loop. */
  readonly perSecond?: number;
  readonly types?: readonly string[];
  /** For each type the places of its endpoints at the receiver; left out: one, place 0. */
  readonly wanted?: readonly (readonly number[])[];
  /** Events in one request; left out: single events. */
  readonly batch?: number;
  /** Left out: CONNECTIONS. */
  readonly connections?: number;
  readonly warmUpSeconds?: number;
  readonly drainMs?: number;
  /** Of whom CPU time is counted; left out: the server under test. */
  readonly server?: { readonly pids: readonly number[]; readonly database: number | null };
  /** The relay promises nothing. */
  readonly promises?: "kept" | "none";
}

export interface Site extends AsyncDisposable {
  readonly database: BenchDatabase;
  /** How its server serves; null: `posthorn dev`. */
  readonly serving: ServingForm | null;
  /** The server now: another after `withDatabase`. */
  readonly posthorn: Posthorn;
  tenant(types?: readonly string[]): Promise<SiteTenant>;
  receiver(options?: ReceiverOptions): Promise<SiteReceiver>;
  phase(phase: Phase): Promise<PhaseFigures>;
  /** Of all phases so far that promise anything. */
  readonly phases: readonly PhaseFigures[];
  /** Sequence numbers for events that a loader makes; the first of them. */
  reserve(count: number): number;
  /** Works on the database itself: beside the server on PostgreSQL, while it is stopped on the embedded one. */
  withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result>;
  /** Questions that the dead name server was asked so far. */
  unansweredQuestions(): number;
  /** Which promises were broken by now; looks at everything that arrived since each phase, too. */
  broken(): Promise<string[]>;
  note(line: string): void;
}

/** Long enough for the compiler to have seen the hot path. */
const WARM_UP_SECONDS = 2;
const SHORT_WARM_UP_SECONDS = 0.2;
const DRAIN_MS = 60_000;

export async function openSite(options: {
  readonly database: DatabaseKind;
  /** null, or left out: `posthorn dev`. */
  readonly serving?: ServingForm | null;
  /** Of the server, beside what it is started with in every run. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Phases warm up for a moment only: their figures say nothing. */
  readonly short?: boolean;
  readonly note: (line: string) => void;
}): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createBenchDatabase(options.database));
  const nameServer = stack.use(await startDnsServer({ unknown: "silence" }));
  const { serving = null } = options;
  const complaints: string[] = [];
  const start = (): Promise<Posthorn> =>
    startPosthorn({
      database,
      serving,
      settings: { POSTHORN_NAME_SERVERS: nameServer.address, ...options.settings },
      onComplaint: (line) => void complaints.push(line),
    });
  const warmUpSeconds = options.short === true ? SHORT_WARM_UP_SECONDS : WARM_UP_SECONDS;
  const load = stack.use(openPublisher());
  const receivers: SiteReceiver[] = [];
  const promised: Promised[] = [];
  let posthorn = await start();
  stack.defer(() => posthorn[Symbol.asyncDispose]());
  let nextSequence = 0;
  const owned = stack.move();

  const phase = async (wanted: Phase): Promise<PhaseFigures> => {
    const { name, receiver, promises = "kept" } = wanted;
    const places = wanted.wanted ?? [[0]];
    const publisher = wanted.publisher ?? load;
    const server = wanted.server ?? { pids: posthorn.pids, database: database.pid };
    const figures = await runPublishPhase({
      load: publisher,
      receiver: receiver.process,
      targets: wanted.targets,
      types: wanted.types ?? [EVENT_TYPE],
      wanted: places,
      batch: wanted.batch ?? null,
      connections: wanted.connections ?? CONNECTIONS,
      perSecond: wanted.perSecond ?? null,
      warmUpSeconds: wanted.warmUpSeconds ?? warmUpSeconds,
      seconds: wanted.seconds,
      firstSequence: nextSequence,
      drainMs: wanted.drainMs ?? DRAIN_MS,
      processes: {
        server: server.pids,
        database: server.database === null ? [] : [server.database],
        load: [publisher.pid],
        receiver: [receiver.process.pid],
      },
    } satisfies PublishPhase);
    nextSequence = figures.nextSequence;
    if (promises === "kept") promised.push({ name, receiver: receiver.process, wanted: places, figures });
    options.note(`${name}: ${figures.deliveredPerSecond.toFixed(0)} delivered/s`);
    return figures;
  };

  return {
    database,
    serving,
    get posthorn() {
      return posthorn;
    },
    tenant: (types = [EVENT_TYPE]) => createSiteTenant(() => posthorn, types),
    async receiver(receiverOptions = {}) {
      const receiver = owned.use(await openReceiver(receiverOptions));
      receivers.push(receiver);
      return receiver;
    },
    phase,
    get phases() {
      return promised.map(({ figures }) => figures);
    },
    reserve(count) {
      const first = nextSequence;
      nextSequence += count;
      return first;
    },
    async withDatabase(work) {
      if (database.url !== null) {
        await using connection = await openPostgres({ url: database.url, poolSize: 2 });
        return await work(connection);
      }
      await posthorn.stop();
      try {
        await using connection = await openEmbedded({ directory: database.directory });
        return await work(connection);
      } finally {
        posthorn = await start();
      }
    },
    unansweredQuestions: () => nameServer.questions.length,
    broken: () => findBroken(promised, complaints),
    note: options.note,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
