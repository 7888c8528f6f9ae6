/**
 * Rehearses a rotation: asks the real receiver, through the real pipeline, whether it takes the new secret alone and
 * both side by side, and says whether the old one may end. An overlap that was held open for this ends as planned once
 * a rehearsal has passed.
 */
import type { Attempt } from "../attempts/attempt.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { requireScope } from "../access/actor.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { getProbedEndpoint } from "../probes/get-probed-endpoint.ts";
import { openSigners } from "../probes/open-signers.ts";
import { toProbeAnswer } from "../probes/probe-answer.ts";
import { type ProbedEndpoint, type ProbeSigner, signedBy } from "../probes/probe-plan.ts";
import { sendProbe } from "../probes/send-probe.ts";
import type { SecretsAct } from "../secrets/change-secrets.ts";
import { checkReason } from "../secrets/check-reason.ts";
import { chooseRehearsed, type RehearsedPair } from "./choose-rehearsed.ts";
import { type JudgedRehearsal, judgeRehearsal, REHEARSAL_PROBES, type RehearsalProbe } from "./judge-rehearsal.ts";
import { releaseOverlap } from "./release-overlap.ts";

export interface Rehearsal extends JudgedRehearsal {
  readonly newVersion: number;
  readonly oldVersion: number;
  /** In the order in which they were sent; what is missing was not worth sending. */
  readonly probes: readonly { readonly probe: RehearsalProbe; readonly attempt: Attempt }[];
  /** When the old version ends, now that the rehearsal has passed; null where no overlap waited for it. */
  readonly overlapEndsAt: Date | null;
}

/**
 * Takes as long as the receiver does for three requests. Throws `scope_required`, `not_found`, `endpoint_disabled`,
 * `validation_failed`, `wrong_state` where there is no rotation, `overloaded`, and KeyUnavailableError.
 */
export async function rehearseRotation({
  input,
  ...act
}: SecretsAct & { readonly input: { readonly reason?: string | undefined } }): Promise<Rehearsal> {
  const { context, actor, tenantId, endpointId } = act;
  requireScope(actor, tenantId, "secrets:write");
  refuseProblems(checkReason(input.reason, "/reason"));
  const endpoint = await getProbedEndpoint(context, act);
  const signers = await openSigners(context, endpointId);
  const pair = chooseRehearsed(signers);

  const probes = await sendProbes(act, endpoint, pair);
  const judged = judgeRehearsal(
    Object.fromEntries(probes.map(({ probe, attempt }) => [probe, toProbeAnswer(attempt)])),
  );
  const versions = { newVersion: pair.newer.number, oldVersion: pair.older.number };
  await context.database.transaction((transaction) =>
    appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: "secret.rehearse",
      subject: `endpoint:${endpointId}`,
      reason: input.reason,
      after: { ...versions, verdict: judged.verdict },
      now: context.clock.now(),
    }),
  );
  const plannedEndsAt = pair.older === signers.retiring ? signers.plannedEndsAt : null;
  const passed = judged.verdict === "safe" && plannedEndsAt !== null;
  const overlapEndsAt = passed ? await releaseOverlap(act, { number: pair.older.number, plannedEndsAt }) : null;
  return { ...judged, ...versions, probes, overlapEndsAt };
}

async function sendProbes(
  { context }: SecretsAct,
  endpoint: ProbedEndpoint,
  { newer, older }: RehearsedPair,
): Promise<Rehearsal["probes"]> {
  const signers: Readonly<Record<RehearsalProbe, readonly ProbeSigner[]>> = {
    new_only: [newer],
    new_then_old: [newer, older],
    old_then_new: [older, newer],
  };
  const probes: { probe: RehearsalProbe; attempt: Attempt }[] = [];
  for (const probe of REHEARSAL_PROBES) {
    const attempt = await sendProbe(context, endpoint, signedBy(...signers[probe]));
    probes.push({ probe, attempt });
    if (toProbeAnswer(attempt) === "says_nothing") break;
  }
  return probes;
}
