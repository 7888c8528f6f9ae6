/**
 * Changes the secret of a receiver that cannot read two signatures: every request carries exactly one, the old secret's
 * until the receiver takes a request that is signed with the staged one alone, and the new secret's from then on.
 */
import { setTimeout as wait } from "node:timers/promises";

import { requireScope } from "../access/actor.ts";
import type { Attempt } from "../attempts/attempt.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { getProbedEndpoint } from "../probes/get-probed-endpoint.ts";
import { openSigners } from "../probes/open-signers.ts";
import { describeAnswer } from "../probes/probe-answer.ts";
import { signedBy } from "../probes/probe-plan.ts";
import { sendProbe } from "../probes/send-probe.ts";
import { changeSecrets, type SecretsAct } from "../secrets/change-secrets.ts";
import { checkReason } from "../secrets/check-reason.ts";
import type { SecretVersion } from "../secrets/secret-version.ts";

export interface CutOverInput {
  /** How long to ask the receiver again while it refuses: 0 to 60 seconds, 0 when left out. */
  readonly waitSeconds?: number | undefined;
  readonly reason?: string | undefined;
}

export interface CutOver {
  /** The version that signs alone now; null: nothing was changed. */
  readonly version: SecretVersion | null;
  /** For people: what the receiver did. */
  readonly reason: string;
  /** What the receiver was asked last. */
  readonly attempt: Attempt;
}

export const CUT_OVER_WAIT_SECONDS_MAX = 60;
/** Often enough that a deployment loses seconds, seldom enough for a receiver that is starting. */
const BETWEEN_MS = 2000;

/**
 * Throws `scope_required`, `not_found`, `endpoint_disabled`, `validation_failed`, `wrong_state` without a staged version
 * or when it changes meanwhile, `rotation_in_progress` while an overlap is running, `overloaded`.
 */
export async function cutOverSecret({
  input,
  ...act
}: SecretsAct & { readonly input: CutOverInput }): Promise<CutOver> {
  const { context, actor, tenantId, endpointId } = act;
  requireScope(actor, tenantId, "secrets:write");
  refuseProblems(checkReason(input.reason, "/reason"));
  const endpoint = await getProbedEndpoint(context, act);
  const { staged, retiring } = await openSigners(context, endpointId);
  if (staged === null) throw new CoreError("wrong_state", "Stage the new secret first; it waits until the cut-over.");
  if (retiring !== null) {
    throw new CoreError(
      "rotation_in_progress",
      "Two secrets sign now, and a cut-over is for one. Expire the old one first.",
    );
  }

  const until = performance.now() + (input.waitSeconds ?? 0) * 1000;
  for (;;) {
    const attempt = await sendProbe(context, endpoint, signedBy(staged));
    if (attempt.outcome === "accepted") {
      const version = await activate(act, staged.number, input.reason);
      return { version, reason: "The receiver took the new secret, which signs alone from now on.", attempt };
    }
    if (performance.now() + BETWEEN_MS > until) {
      const reason = `The receiver did not take the new secret, so nothing was changed. ${describeAnswer(attempt)}`;
      return { version: null, reason, attempt };
    }
    await wait(BETWEEN_MS);
  }
}

function activate(act: SecretsAct, number: number, reason: string | undefined): Promise<SecretVersion> {
  return changeSecrets(act, {
    action: "secret.cut_over",
    reason,
    decideEvent: (versions) => {
      const isStaged = versions.some((version) => version.state === "staged" && version.number === number);
      if (!isStaged)
        throw new CoreError("wrong_state", "The staged secret is another one by now. Look, and try again.");
      return { kind: "activate_now" };
    },
    toAnswer: ({ moved }) => {
      const version = moved.find((one) => one.state === "active");
      if (version === undefined) throw new Error("A cut-over made no version active.");
      return version;
    },
  });
}
