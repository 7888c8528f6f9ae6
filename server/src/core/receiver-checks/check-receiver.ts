/**
 * Checks how a receiver verifies: sends it a valid request, then forged ones and ones that a rotation would send, and
 * says of each what the answer shows. Forged requests reach a real system, so the owner's consent is asked for and is
 * in the audit log before the first of them leaves, and an endpoint is checked once a minute at most.
 */
import { takeReceiverCheck } from "../../db/queries/take-receiver-check.ts";
import { requireScope } from "../access/actor.ts";
import type { Attempt } from "../attempts/attempt.ts";
import { appendAudit } from "../audit/append-audit.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { getProbedEndpoint } from "../probes/get-probed-endpoint.ts";
import { openSigners } from "../probes/open-signers.ts";
import { toProbeAnswer } from "../probes/probe-answer.ts";
import { FOREIGN_SIGNER, type ProbePlan, type ProbeSigner, signedBy } from "../probes/probe-plan.ts";
import { sendProbe } from "../probes/send-probe.ts";
import type { SecretsAct } from "../secrets/change-secrets.ts";
import { checkReason } from "../secrets/check-reason.ts";
import { generateSecret } from "../secrets/secret-format.ts";
import { type JudgedProbe, judgeReceiver, RECEIVER_PROBES, type ReceiverProbe } from "./judge-receiver.ts";

export interface ReceiverCheck {
  readonly probes: readonly (JudgedProbe & {
    readonly probe: ReceiverProbe;
    /** Null: it was not sent. */
    readonly attempt: Attempt | null;
  })[];
}

export interface CheckReceiverInput {
  /** The owner of the receiver agrees to forged requests. Only `true` will do. */
  readonly consent: boolean;
  readonly reason?: string | undefined;
}

const BETWEEN_CHECKS_MS = 60_000;
const TEN_MINUTES_SECONDS = 600;
/** A receiver that is silent twice is not there, or hangs at forgeries: further waiting shows nothing. */
const SILENT_MAX = 2;

/**
 * Takes as long as the receiver does for nine requests. Throws `scope_required`, `not_found`, `endpoint_disabled`,
 * `validation_failed` without consent, `rate_limited`, `overloaded`, and KeyUnavailableError.
 */
export async function checkReceiver({
  input,
  ...act
}: SecretsAct & { readonly input: CheckReceiverInput }): Promise<ReceiverCheck> {
  const { context, actor, tenantId, endpointId } = act;
  requireScope(actor, tenantId, "secrets:write");
  refuseProblems([...checkConsent(input.consent), ...checkReason(input.reason, "/reason")]);
  const endpoint = await getProbedEndpoint(context, act);
  const { active: signer } = await openSigners(context, endpointId);
  await recordConsent(act, input.reason);

  const foreign = { ...signer, number: FOREIGN_SIGNER, text: generateSecret(endpoint) };
  const attempts = new Map<ReceiverProbe, Attempt>();
  let silent = 0;
  for (const probe of RECEIVER_PROBES) {
    const plan = planProbe(probe, { signer, foreign, firstEventId: attempts.get("valid")?.eventId ?? null });
    const attempt = await sendProbe(context, endpoint, plan);
    attempts.set(probe, attempt);
    if (toProbeAnswer(attempt) === "says_nothing") silent += 1;
    if ((probe === "valid" && attempt.outcome !== "accepted") || silent === SILENT_MAX) break;
  }
  const answers = [...attempts].map(([probe, attempt]) => [probe, toProbeAnswer(attempt)] as const);
  const judged = judgeReceiver(Object.fromEntries(answers));
  const probes = RECEIVER_PROBES.map((probe) => ({ probe, ...judged[probe], attempt: attempts.get(probe) ?? null }));
  return { probes };
}

function checkConsent(consent: boolean): { path: string; code: string; message: string }[] {
  if (consent) return [];
  const message = "A check sends forged requests. Set consent to true if the receiver's owner agrees to them.";
  return [{ path: "/consent", code: "consent_required", message }];
}

/** Throws `rate_limited` within a minute of the last check; nothing is recorded then. */
async function recordConsent({ context, actor, tenantId, endpointId }: SecretsAct, reason?: string): Promise<void> {
  const { database, clock, keyRing } = context;
  await database.transaction(async (transaction) => {
    const now = clock.now();
    const freeBefore = new Date(now.getTime() - BETWEEN_CHECKS_MS);
    const last = await takeReceiverCheck(transaction, { endpointId, now, freeBefore });
    if (last !== null) {
      const waitMs = last.getTime() + BETWEEN_CHECKS_MS - now.getTime();
      throw new CoreError("rate_limited", "A receiver is checked once a minute at most.", {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      });
    }
    const subject = `endpoint:${endpointId}` as const;
    const after = { consent: true };
    await appendAudit(transaction, { keyRing, tenantId, actor, action: "secret.check", subject, reason, after, now });
  });
}

function planProbe(
  probe: ReceiverProbe,
  {
    signer,
    foreign,
    firstEventId,
  }: { readonly signer: ProbeSigner; readonly foreign: ProbeSigner; readonly firstEventId: number | null },
): ProbePlan {
  switch (probe) {
    case "valid":
    case "valid_again":
      return signedBy(signer);
    case "wrong_key":
      return signedBy(foreign);
    case "altered_body":
      return { ...signedBy(signer), isAltered: true };
    case "ten_minutes_old":
      return { ...signedBy(signer), ageSeconds: TEN_MINUTES_SECONDS };
    case "no_signature":
      return signedBy();
    case "good_signature_first":
      return signedBy(signer, foreign);
    case "good_signature_last":
      return signedBy(foreign, signer);
    case "same_id_twice":
      return { ...signedBy(signer), asEventId: firstEventId };
  }
}
