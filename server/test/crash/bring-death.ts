/**
 * The death in the middle of a round: arms the point, waits until a server has died of it, and puts the next one in its
 * place, which tells what it found. Of two nodes the other one goes on.
 */
import type { Receiver } from "../../../devkit/receivers/start-receiver.ts";
import type { DeathFacts } from "./check-round.ts";
import type { PlannedCrash } from "./crash-points.ts";
import type { CrashTenant } from "./crash-tenant.ts";
import type { Armed } from "./crashing-server-calls.ts";
import type { CrashSite } from "./open-crash-site.ts";
import type { Ledger } from "./read-ledger.ts";
import type { RequestTrigger } from "./request-trigger.ts";
import type { CrashingServer } from "./start-crashing-server.ts";
import type { Load } from "./start-load.ts";

export interface Scene extends PlannedCrash {
  readonly site: CrashSite;
  readonly first: CrashingServer;
  readonly second: CrashingServer | null;
  readonly receiver: Receiver;
  readonly trigger: RequestTrigger;
  readonly tenant: CrashTenant;
  readonly load: Load;
}

export interface Aftermath {
  readonly survivor: CrashingServer;
  readonly deaths: readonly DeathFacts[];
  /** When the survivor served, or was left alone, by this process' clock. */
  readonly since: number;
  /** How long it took to start. */
  readonly startMs: number;
}

/** A point that is not reached in this time is not on the way of the load. */
const REACH_MS = 60_000;
/** Publishes answered before a server is told to stop, and by the survivor after one of two nodes died. */
const ANSWERS = 100;
/** Requests after which a server dies for the next one to rescue what it left. */
const REQUESTS = 150;

/** Resolves when a server has died at the scene's point and another is at work. */
export async function bringDeath(scene: Scene): Promise<Aftermath> {
  const { point, after, first, second, load } = scene;
  switch (point) {
    case "request on the wire":
      scene.trigger.killAt(after, first);
      return restart(scene);
    case "at random":
      setTimeout(() => first.kill("SIGKILL"), after);
      return restart(scene);
    case "rescue committed":
      scene.trigger.killAt(REQUESTS, first);
      return restartTwice(scene, { point, after });
    case "drain under way":
    case "drain released":
      first.arm({ point, after });
      await load.waitForAnswers(ANSWERS);
      first.kill("SIGTERM");
      return restart(scene);
    case "one of two nodes":
      if (second === null) throw new Error("there is no second node");
      second.arm({ point: scene.pointOfTwo ?? "leased by claim", after });
      return leaveOne(scene, second);
    default:
      first.arm({ point, after });
      return restart(scene);
  }
}

async function restart(scene: Scene): Promise<Aftermath> {
  const seen = await dieAt(scene, scene.first);
  const survivor = await startAfter(scene, scene.first);
  return { survivor, deaths: [toDeath(scene.first, survivor, seen)], ...startOf(survivor) };
}

/** The server that follows dies too, at its start or later; the next one tells what it left. */
async function restartTwice(scene: Scene, armed: Armed): Promise<Aftermath> {
  const { site, first, tenant } = scene;
  const seen = await dieAt(scene, first);
  site.letTimePass();
  const second = await site.start({ armed, before: { name: first.name, tenantId: tenant.id } });
  const seenLater = "diedAt" in second ? seen : await dieAt(scene, second);
  const survivor = await startAfter(scene, second);
  return {
    survivor,
    deaths: [toDeath(first, second, seen), toDeath(second, survivor, seenLater)],
    ...startOf(survivor),
  };
}

async function leaveOne(scene: Scene, second: CrashingServer): Promise<Aftermath> {
  const { first, tenant, load } = scene;
  const seen = await dieAt(scene, second);
  const { at } = await second.exited;
  const found = await first.readAfterDeath({ name: second.name, tenantId: tenant.id });
  // What ended after the death and before the reading was sent by the survivor meanwhile.
  const { requests } = look(scene);
  await load.waitForAnswers(seen.answered.size + ANSWERS);
  return { survivor: first, deaths: [{ ...seen, nodeId: second.nodeId, found, requests }], since: at, startMs: 0 };
}

/** What publishers and receivers have seen. */
type Seen = Pick<DeathFacts, "answered" | "requests">;

function look({ load, receiver }: Scene): Seen {
  const answered = new Set(load.publishes.filter((publish) => publish.answered !== null));
  return { answered, requests: receiver.requests.length };
}

/** Resolves, when the server has died, to what was seen by then. */
async function dieAt(scene: Scene, server: CrashingServer): Promise<Seen> {
  const { point } = scene;
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(new Error(`"${point}" was not reached`)), REACH_MS);
  const exit = await Promise.race([server.exited, limit.promise]).finally(() => clearTimeout(timer));
  if (exit.signal !== "SIGKILL") {
    throw new Error(`the server was to be killed and ended with ${exit.signal ?? exit.code}: ${point}`);
  }
  return look(scene);
}

async function startAfter({ site, tenant }: Scene, dead: { readonly name: string }): Promise<CrashingServer> {
  site.letTimePass();
  const started = await site.start({ before: { name: dead.name, tenantId: tenant.id } });
  if ("diedAt" in started) throw new Error("a server that was not armed died at its start");
  return started;
}

function startOf({ startedAt, servedAt }: CrashingServer): Pick<Aftermath, "since" | "startMs"> {
  return { since: servedAt, startMs: servedAt - startedAt };
}

function toDeath(
  { nodeId }: { readonly nodeId: number | null },
  { found }: { readonly found: Ledger | null },
  seen: Seen,
): DeathFacts {
  if (found === null) throw new Error("a server that was started after a death did not tell what it found");
  return { ...seen, nodeId, found };
}
