/**
 * Steady: single publishes of about 1 kB to one endpoint, all features on, beside the bare relay in the same run. The
 * two take turns, since machines change their mind from minute to minute: each phase of Posthorn is compared with the
 * relay just before and just after it, and the ratio of the run is the median of its rounds.
 */
import { MemoryWatch } from "../measure/memory-watch.ts";
import { residentBytes } from "../measure/process-usage.ts";
import { type PhaseFigures, runPublishPhase } from "../measure/publish-phase.ts";
import { Companion } from "../processes/companion.ts";
import type { LoadCalls } from "../processes/load.ts";
import type { ReceiverCalls } from "../processes/receiver.ts";
import type { RelayCalls } from "../processes/relay.ts";
import { type BenchDatabase, createBenchDatabase } from "../targets/bench-database.ts";
import { startPosthorn } from "../targets/posthorn.ts";
import type { Scenario, ScenarioOptions, ScenarioResult } from "./scenario.ts";

/** Publishers, the relay's connections to the receiver, and the endpoint's cap: the same for both sides. */
const CONNECTIONS = 64;
const ROUNDS = 3;
/** A phase this long is for the memory's slope: one round of it is enough. */
const LONG_PHASE_SECONDS = 300;
const RELAY_SECONDS_MAX = 20;

const RATIO_FLOOR = 0.45;
const SLOPE_MAX_MIB_A_MINUTE = 1;
const MIB = 1024 * 1024;

export const steady: Scenario = {
  name: "steady",
  about: "single publishes to one endpoint, beside the bare relay",
  run: runSteady,
};

async function runSteady(options: ScenarioOptions): Promise<ScenarioResult> {
  await using database = await createBenchDatabase(options.database);
  const walBefore = await migratedWalBytes(database);
  const measured = await measure(database, options);
  const walBytes = (await database.walBytes()) - walBefore;
  const deliveries = measured.posthorn.reduce((sum, { accepted }) => sum + accepted, 0);
  return report({ ...measured, walBytesPerThousand: (walBytes / deliveries) * 1_000 });
}

/** The write-ahead log's position once the schema stands, so that making it is not counted. */
async function migratedWalBytes(database: BenchDatabase): Promise<number> {
  const posthorn = await startPosthorn(database);
  await posthorn.stop();
  return database.walBytes();
}

interface Measured {
  readonly relay: readonly PhaseFigures[];
  readonly posthorn: readonly PhaseFigures[];
  readonly peakBytes: number | null;
  readonly slopeMiB: number | null;
  /** Of the last phase, second by second. */
  readonly memoryMiB: readonly number[];
  readonly complaints: readonly string[];
}

async function measure(database: BenchDatabase, { seconds, note }: ScenarioOptions): Promise<Measured> {
  await using receiver = new Companion<ReceiverCalls>(processFile("receiver"));
  await using load = new Companion<LoadCalls>(processFile("load"));
  await using relay = new Companion<RelayCalls>(processFile("relay"));
  await using posthorn = await startPosthorn(database);

  const { port } = await receiver.call("listen", null);
  const target = `http://127.0.0.1:${port}/`;
  const relayPort = (await relay.call("listen", { target, connections: CONNECTIONS })).port;
  await posthorn.createEndpoint({ url: target, maxInFlight: CONNECTIONS });

  const sides = {
    relay: { url: `http://127.0.0.1:${relayPort}/`, headers: posthorn.headers, server: relay.pid, database: null },
    posthorn: { url: posthorn.publishUrl, headers: posthorn.headers, server: posthorn.pid, database: database.pid },
  };
  let firstSequence = 0;
  const runPhase = async (name: keyof typeof sides, phaseSeconds: number): Promise<PhaseFigures> => {
    const { url, headers, server, database: databasePid } = sides[name];
    const processes = { server, database: databasePid, load: load.pid, receiver: receiver.pid };
    const phase = { load, receiver, url, headers, connections: CONNECTIONS, seconds: phaseSeconds };
    const figures = await runPublishPhase({ ...phase, firstSequence, processes });
    firstSequence = figures.nextSequence;
    note(`${name}: ${figures.deliveredPerSecond.toFixed(0)} delivered/s`);
    return figures;
  };

  const relaySeconds = Math.min(seconds, RELAY_SECONDS_MAX);
  const figures: { relay: PhaseFigures[]; posthorn: PhaseFigures[] } = { relay: [], posthorn: [] };
  let slopeMiB: number | null = null;
  let memoryMiB: readonly number[] = [];
  figures.relay.push(await runPhase("relay", relaySeconds));
  for (let round = 0; round < (seconds >= LONG_PHASE_SECONDS ? 1 : ROUNDS); round += 1) {
    using memory = new MemoryWatch(posthorn.pid);
    figures.posthorn.push(await runPhase("posthorn", seconds));
    slopeMiB = memory.slope();
    memoryMiB = memory.series();
    figures.relay.push(await runPhase("relay", relaySeconds));
  }
  const peakBytes = residentBytes(posthorn.pid)?.peak ?? null;
  await posthorn.stop();
  return { ...figures, peakBytes, slopeMiB, memoryMiB, complaints: posthorn.complaints() };
}

function report(run: Measured & { readonly walBytesPerThousand: number }): ScenarioResult {
  const relay = median(run.relay, ({ deliveredPerSecond }) => deliveredPerSecond);
  const posthorn = median(run.posthorn, ({ deliveredPerSecond }) => deliveredPerSecond);
  const ratios = run.posthorn.map(
    ({ deliveredPerSecond }, round) => deliveredPerSecond / relayAround(run.relay, round),
  );
  const ratio = median(ratios, (one) => one);
  const missing = run.posthorn.reduce((sum, { arrivals }) => sum + arrivals.missing, 0);
  const repeated = run.posthorn.reduce((sum, { arrivals }) => sum + arrivals.repeated, 0);
  const refused = run.posthorn.flatMap((phase) => Object.entries(phase.refused));
  const slope = run.slopeMiB;
  return {
    summary: [
      `delivered/s           posthorn ${posthorn.deliveredPerSecond.toFixed(0)}, relay ${relay.deliveredPerSecond.toFixed(0)}, ratio ${ratio.toFixed(3)} (${ratios.map((one) => one.toFixed(3)).join(" ")})`,
      `publish ms            posthorn ${describe(posthorn.publishMs)}, relay ${describe(relay.publishMs)}`,
      `publish-to-receiver   posthorn ${describe(posthorn.deliverMs)}, relay ${describe(relay.deliverMs)}`,
      `CPU s/1,000           posthorn ${describeCpu(posthorn)}; relay ${describeCpu(relay)}`,
      `WAL bytes/1,000       ${run.walBytesPerThousand.toFixed(0)}`,
      `memory                peak ${run.peakBytes === null ? "not measured" : `${(run.peakBytes / MIB).toFixed(0)} MiB`}, slope of minutes 2 to 5 ${slope === null ? "not measured (needs --seconds 300)" : `${slope.toFixed(2)} MiB a minute`}`,
      `accepted events       ${run.posthorn.reduce((sum, { accepted }) => sum + accepted, 0)}, missing ${missing}, repeated ${repeated}`,
    ],
    figures: { ratio, ratios, ...run },
    missed: [
      ...(ratio < RATIO_FLOOR ? [`ratio ${ratio.toFixed(3)} is below ${RATIO_FLOOR}`] : []),
      ...(slope !== null && slope > SLOPE_MAX_MIB_A_MINUTE ? [`memory grows by ${slope.toFixed(2)} MiB a minute`] : []),
      ...(missing > 0 ? [`${missing} accepted events did not arrive`] : []),
      ...(repeated > 0 ? [`${repeated} deliveries were repeated`] : []),
      ...run.complaints.slice(0, 3).map((line) => `the server complained: ${line}`),
      ...refused.map(([status, count]) => `${count} publishes were answered ${status}`),
    ],
  };
}

/** The relay's rate around one phase of Posthorn: the mean of the phases before and after it. */
function relayAround(relay: readonly PhaseFigures[], round: number): number {
  const around = relay.slice(round, round + 2);
  return around.reduce((sum, { deliveredPerSecond }) => sum + deliveredPerSecond, 0) / around.length;
}

function processFile(name: "receiver" | "load" | "relay"): URL {
  return new URL(`../processes/${name}.ts`, import.meta.url);
}

function median<Item>(items: readonly Item[], by: (item: Item) => number): Item {
  const middle = items.toSorted((a, b) => by(a) - by(b))[Math.floor(items.length / 2)];
  if (middle === undefined) throw new Error("there is no median of nothing");
  return middle;
}

function describe({ p50, p95, p99 }: PhaseFigures["publishMs"]): string {
  return `p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} p99 ${p99.toFixed(1)}`;
}

function describeCpu({ cpuPerThousand }: PhaseFigures): string {
  return Object.entries(cpuPerThousand)
    .filter(([, seconds]) => seconds !== null)
    .map(([name, seconds]) => `${name} ${seconds?.toFixed(3)}`)
    .join(", ");
}
