/**
 * One round: load, a death at one point, a restart, and the check of all that is promised. The receiver and the
 * publishers live in this process and survive. Works on the site's live server and leaves a live one behind.
 */
import { type Receiver, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { bringDeath } from "./bring-death.ts";
import { checkRound, type RequestFacts } from "./check-round.ts";
import type { CrashPoint, PlannedCrash } from "./crash-points.ts";
import { createApiCall, createCrashTenant, createReaction } from "./crash-tenant.ts";
import type { CrashSite } from "./open-crash-site.ts";
import { RequestTrigger } from "./request-trigger.ts";
import { settle } from "./settle.ts";
import { sendPublish, startLoad } from "./start-load.ts";

export interface RoundOptions extends PlannedCrash {
  readonly site: CrashSite;
  readonly publishers: number;
}

export interface RoundReport {
  readonly point: CrashPoint;
  readonly kills: number;
  readonly published: number;
  /** Publishes without an answer, asked again after the restart. */
  readonly unanswered: number;
  readonly lost: number;
  readonly repeated: number;
  readonly inFlight: number;
  /** How long the server that followed took until it served; 0 where another was there. */
  readonly startMs: number;
  /** From then on (of two nodes: from the death) until nothing was in flight, and until every delivery had ended. */
  readonly inFlightEndedMs: number;
  readonly recoveredMs: number;
  readonly violations: readonly string[];
}

/** In flight is 0 so soon: ten seconds of silence, a look for silent nodes, and what is sent then and once more. */
const IN_FLIGHT_LIMIT_MS = 15_000;

export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const { site, point, publishers } = options;
  const first = await site.live();
  await using receiver = await startReceiver();
  const trigger = new RequestTrigger(createReaction());
  receiver.react(trigger.react);
  const tenant = await createCrashTenant(createApiCall(first.url, site.rootKey), receiver.url);
  const second = point === "one of two nodes" ? await site.startAnother() : null;
  const urls = second === null ? [first.url] : [first.url, second.url];
  const load = startLoad({ urls, tenantPath: tenant.path, rootKey: site.rootKey, publishers });

  const { survivor, deaths, since, startMs } = await bringDeath({
    ...options,
    first,
    second,
    receiver,
    trigger,
    tenant,
    load,
  });
  await load.stop();
  site.follow(survivor);
  const recovery = await settle(survivor, since);
  const unanswered = load.publishes.filter(({ answered }) => answered === null);

  const target = { url: survivor.url, tenantPath: tenant.path, rootKey: site.rootKey };
  const refusals: string[] = [];
  for (const publish of unanswered) {
    const answer = await sendPublish(target, publish);
    if (answer === null || typeof answer === "number") refusals.push(`asked again, a publish was answered ${answer}`);
    else publish.answered = answer;
  }
  const end = await settle(survivor, performance.now());

  const verdict = checkRound({
    tenant,
    publishes: load.publishes,
    resends: load.resends,
    deaths,
    requests: toRequestFacts(receiver),
    final: await survivor.read(tenant.id),
  });
  return {
    point,
    kills: deaths.length,
    published: load.publishes.length,
    unanswered: unanswered.length,
    lost: verdict.lost,
    repeated: verdict.repeated,
    inFlight: verdict.inFlight,
    startMs,
    inFlightEndedMs: recovery.inFlightEndedMs,
    recoveredMs: recovery.recoveredMs,
    violations: [
      ...verdict.violations,
      ...refusals,
      ...load.refusals.map((status) => `a publish was answered ${status}`),
      ...[...recovery.violations, ...end.violations],
      ...(recovery.inFlightEndedMs > IN_FLIGHT_LIMIT_MS ? [`in flight for ${recovery.inFlightEndedMs} ms`] : []),
      ...site.takeComplaints(),
    ],
  };
}

function toRequestFacts({ requests }: Receiver): RequestFacts[] {
  return requests.map(({ path, headers }) => ({ path, eventId: headers["webhook-id"] ?? "" }));
}
