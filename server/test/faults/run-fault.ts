/**
 * Tells the story of one fault and judges it by the rules that hold for all: what was answered is stored and delivered,
 * nothing is sent twice but what was promised to be, refusals are 503, and all is over in its time.
 */
import type { Database } from "../../src/db/database.ts";
import { checkRound } from "../crash/check-round.ts";
import { sendPublish } from "../crash/start-load.ts";
import { type Fault, type FaultScene, until } from "./fault.ts";
import { openFaultScene, type SetScene } from "./open-fault-scene.ts";

export interface FaultReport {
  readonly name: string;
  readonly kind: Database["kind"];
  readonly accepted: number;
  readonly lost: number;
  readonly repeated: number;
  /** Publishes that were answered 503, and such that were not answered. */
  readonly refused: number;
  readonly unanswered: number;
  readonly longestPublishMs: number;
  /** From the end of the fault until every delivery had ended. */
  readonly recoveredMs: number;
  readonly notes: readonly string[];
  readonly violations: readonly string[];
}

const SETTLE_LIMIT_MS = 90_000;

export async function runFault(fault: Fault, kind: Database["kind"]): Promise<FaultReport> {
  await using set = await openFaultScene(fault, kind);
  const { scene } = set;
  await fault.tell(scene);
  const { load, violations } = set;
  await load.stop();
  await askAgain(set);
  const target = targetOf(set);
  const settledMs = await until(() => isSettled(target), SETTLE_LIMIT_MS);
  const recoveredMs = performance.now() - set.healedAt;
  const verdict = checkRound({
    tenant: set.tenant,
    publishes: load.publishes,
    resends: [],
    deaths: set.deaths,
    requests: toRequests(scene),
    final: await set.readLedger(),
  });
  const others = load.refusals.filter((status) => status !== 503);
  return {
    name: fault.name,
    kind,
    accepted: load.publishes.reduce((sum, { events }) => sum + events.length, 0),
    lost: verdict.lost,
    repeated: verdict.repeated,
    refused: load.refusals.length - others.length,
    unanswered: load.unanswered,
    longestPublishMs: load.longestMs,
    recoveredMs,
    notes: set.notes,
    violations: [
      ...verdict.violations,
      ...violations,
      ...(others.length > 0 ? [`publishes were answered ${[...new Set(others)].join(", ")}`] : []),
      ...(settledMs === null ? ["deliveries did not end"] : []),
      ...(recoveredMs > fault.recoversInMs ? [`recovery took ${Math.round(recoveredMs)} ms`] : []),
    ],
  };
}

/** Whoever got no answer asks once more, and is told. */
async function askAgain(set: SetScene): Promise<void> {
  for (const publish of set.load.publishes.filter(({ answered }) => answered === null)) {
    const outcome = await sendPublish(targetOf(set), publish);
    if (outcome === null || typeof outcome === "number") {
      set.violations.push(`asked again after the fault, a publish was answered ${outcome}`);
    } else publish.answered = outcome;
  }
}

interface Target {
  readonly url: string;
  readonly tenantPath: string;
  readonly rootKey: string;
}

/** The node that was started last: it is there at the end of every story. */
function targetOf({ nodes, scene }: SetScene): Target {
  return { url: nodes.at(-1)?.url ?? "", tenantPath: scene.tenantPath, rootKey: scene.rootKey };
}

async function isSettled({ url, tenantPath, rootKey }: Target): Promise<boolean> {
  const counts = await Promise.all(
    ["pending", "in_flight"].map(async (state) => {
      const response = await fetch(new URL(`${tenantPath}/deliveries?state=${state}&limit=1`, url), {
        headers: { authorization: `Bearer ${rootKey}` },
      });
      if (!response.ok) return Infinity;
      return ((await response.json()) as { data: unknown[] }).data.length;
    }),
  );
  return counts.every((count) => count === 0);
}

function toRequests({ receiver }: FaultScene): { path: string; eventId: string }[] {
  return receiver.requests.map(({ path, headers }) => ({ path, eventId: headers["webhook-id"] ?? "" }));
}
