/**
 * Shows the value of a secret version, under control: whoever asks needs the scope, a user also a fresh proof of who they
 * are, and the act is in the audit log, committed, before the value leaves. An operator can switch it off for everybody.
 */
import { type SealedSecretVersionRow, selectSecretVersion } from "../../db/queries/select-secret-version.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { requireScope, type UserActor } from "../access/actor.ts";
import { isRecentLogin } from "../access/step-up.ts";
import { appendAudit, type AuditRecord } from "../audit/append-audit.ts";
import type { AuditAction } from "../audit/audit-row.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { confirmPassword } from "../users/confirm-password.ts";
import type { SecretsAct } from "./change-secrets.ts";
import { checkReason } from "./check-reason.ts";
import { openSecrets } from "./open-secrets.ts";
import { type SecretVersion, toSecretVersion } from "./secret-version.ts";

export interface RevealSecretInput {
  /** The number of a version; the active one when left out. */
  readonly version?: number | undefined;
  /** Of the user who asks; not needed within five minutes of a login. */
  readonly password?: string | undefined;
  readonly reason?: string | undefined;
}

export interface RevealedSecret {
  readonly version: SecretVersion;
  readonly secret: string;
}

/** What the actor proved beside the credential, as the audit log has it. `none`: a dialect's contract asks for nothing. */
type StepUp = "password" | "recent_login" | "scope" | "none";

/**
 * With `stepUp` `by_contract` a dialect has asked for what its contract asks for.
 * Throws `scope_required`, `reveal_disabled`, `not_found`, `validation_failed`, `step_up_required`, `rate_limited`,
 * `wrong_state` for a version that has expired, and KeyUnavailableError.
 */
export async function revealSecret({
  context,
  actor,
  tenantId,
  endpointId,
  input,
  stepUp: asked = "required",
}: SecretsAct & {
  readonly input: RevealSecretInput;
  readonly stepUp?: "required" | "by_contract";
}): Promise<RevealedSecret> {
  requireScope(actor, tenantId, "secrets:reveal");
  if (!context.reveals) throw new CoreError("reveal_disabled", "Secrets are shown to nobody here (POSTHORN_REVEAL).");
  refuseProblems(checkReason(input.reason, "/reason"));
  if ((await selectEndpoint(context.database, { tenantId, endpointId })) === null) throw endpointNotFound();

  const act = { context, actor, tenantId, endpointId };
  const stepUp = asked === "by_contract" ? "none" : await stepUpBy(act, input);
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const row = await selectSecretVersion(transaction, { endpointId, number: input.version ?? null });
    if (row === null) throw new CoreError("not_found", "The endpoint has no such secret version.");
    const version = toSecretVersion(row, now);
    const sealed = toSealed(row, version);
    const [opened] = openSecrets({ keyRing: context.keyRing, rows: [{ endpoint_id: endpointId, ...sealed }] });
    if (opened === undefined) throw new Error("A secret was not opened.");
    // The transaction commits before the caller of this function goes on: the row stands, and then the value leaves.
    await appendAudit(transaction, {
      ...toRecord(act, "secret.reveal", input),
      after: { version: version.number, state: version.state, stepUp },
      now,
    });
    return { version, secret: opened.text };
  });
}

/** A user gives the password or has given it just now; for whoever has no password, the scope is the permission. */
async function stepUpBy(act: SecretsAct, input: RevealSecretInput): Promise<StepUp> {
  const { actor } = act;
  if (actor.kind !== "user") return "scope";
  if (input.password !== undefined) return requirePassword({ ...act, actor }, input, input.password);
  if (isRecentLogin(actor, act.context.clock.now())) return "recent_login";
  const message = "Showing a secret needs your password, or a login at most five minutes old.";
  throw new CoreError("step_up_required", message);
}

async function requirePassword(
  act: SecretsAct & { readonly actor: UserActor },
  input: RevealSecretInput,
  password: string,
): Promise<StepUp> {
  const { context, actor } = act;
  if (await confirmPassword({ context, actor, password })) return "password";
  const now = context.clock.now();
  await context.database.transaction((transaction) =>
    appendAudit(transaction, { ...toRecord(act, "secret.reveal_refuse", input), now }),
  );
  throw new CoreError("step_up_required", "The password is wrong.");
}

function toRecord(act: SecretsAct, action: AuditAction, { reason }: RevealSecretInput): Omit<AuditRecord, "now"> {
  const { context, actor, tenantId, endpointId } = act;
  return { keyRing: context.keyRing, tenantId, actor, action, subject: `endpoint:${endpointId}`, reason };
}

/** Throws `wrong_state` for a version without a value, or past its end. */
function toSealed(
  row: SealedSecretVersionRow,
  version: SecretVersion,
): { readonly number: number; readonly sealed: Uint8Array; readonly encryption_key_id: string } {
  if (version.state === "expired" || row.sealed === null || row.encryption_key_id === null) {
    throw new CoreError("wrong_state", `The secret version ${row.number} has expired: its value is gone.`);
  }
  return { number: row.number, sealed: row.sealed, encryption_key_id: row.encryption_key_id };
}
