/**
 * The one place that changes an endpoint's secret versions: locks the endpoint, lets the life cycle decide, writes what
 * it said, and records the act, in one commit. Killed in the middle, nothing of it stands.
 */
import type { Queryable } from "../../db/database.ts";
import { insertSecretVersion } from "../../db/queries/insert-secret-version.ts";
import { listStandingSecrets } from "../../db/queries/list-standing-secrets.ts";
import type { SecretVersionRow } from "../../db/queries/list-secret-versions.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { moveSecretVersions } from "../../db/queries/move-secret-versions.ts";
import { type Actor, actorName, requireScope } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { AuditAction } from "../audit/audit-row.ts";
import type { CoreContext } from "../context.ts";
import type { EndpointSignature } from "../endpoints/endpoint.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { checkReason } from "./check-reason.ts";
import { sealSecret } from "./seal-secret.ts";
import { checkNewSecret, generateSecret, toShownSecret } from "./secret-format.ts";
import { decideSecrets, type SecretEvent, type SecretMove, type SecretStanding } from "./secret-lifecycle.ts";
import { toSecretError } from "./secret-refusal.ts";
import { type SecretVersion, toSecretVersion } from "./secret-version.ts";

/** Whose secrets change, and for whom. */
export interface SecretsAct {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
}

export interface SecretChange<Answer> {
  readonly action: AuditAction;
  readonly reason: string | undefined;
  readonly decideEvent: (versions: readonly SecretStanding[], now: Date) => SecretEvent;
  /** In the profile's format; a version that is added gets it, or a generated one. */
  readonly secret?: string | undefined;
  readonly toAnswer: (changed: ChangedSecrets) => Answer;
  readonly keepAnswer?: KeepAnswer<Answer> | undefined;
}

export interface ChangedSecrets {
  readonly event: SecretEvent;
  /** What the event moved. */
  readonly moves: readonly SecretMove[];
  /** The versions that were written, as they are now: those that moved, and those that had ended by themselves. */
  readonly moved: readonly SecretVersion[];
  readonly added: { readonly version: SecretVersion; readonly secret: string | null } | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `rotation_in_progress`, `wrong_state`, `limit_reached`. */
export async function changeSecrets<Answer>(act: SecretsAct, change: SecretChange<Answer>): Promise<Answer> {
  const { context, actor, tenantId, endpointId } = act;
  requireScope(actor, tenantId, "secrets:write");
  refuseProblems(checkReason(change.reason, "/reason"));
  return context.database.transaction(async (transaction) => {
    const endpoint = await lockEndpoint(transaction, { tenantId, endpointId });
    if (endpoint === null) throw endpointNotFound();
    // Read behind the lock: changes of one endpoint are as far apart as their times say.
    const now = context.clock.now();
    if (change.secret !== undefined) refuseProblems(checkNewSecret(endpoint, change.secret, "/secret"));

    const versions = (await listStandingSecrets(transaction, endpointId)).map(toStanding);
    const event = change.decideEvent(versions, now);
    const decision = decideSecrets({ versions, event, now });
    if (!decision.ok) throw toSecretError(decision.refusal);

    const moves = [...decision.endings, ...decision.moves];
    const rows = await moveSecretVersions(transaction, { endpointId, moves, now });
    const text = change.secret ?? generateSecret(endpoint);
    const added =
      decision.added &&
      (await addVersion(transaction, act, { ...decision.added, signature: endpoint.signature, text, now }));
    const moved = rows.map((row) => toSecretVersion(row, now));
    const changed: ChangedSecrets = {
      event,
      moves: decision.moves,
      moved,
      added: added && { version: toSecretVersion(added, now), secret: toShownSecret(endpoint.signature, text) },
    };
    const answer = change.toAnswer(changed);
    await change.keepAnswer?.(transaction, answer);
    await appendAudit(transaction, {
      keyRing: context.keyRing,
      tenantId,
      actor,
      action: change.action,
      subject: `endpoint:${endpointId}`,
      reason: change.reason,
      before: { versions: versions.filter((version) => version.state !== "expired").map(toAuditState) },
      after: { versions: toStandingAfter(versions, changed).map(toAuditState) },
      now,
    });
    return answer;
  });
}

function addVersion(
  transaction: Queryable,
  { context, actor, endpointId }: SecretsAct,
  added: {
    readonly number: number;
    readonly state: "staged" | "active";
    readonly signature: EndpointSignature;
    readonly text: string;
    readonly now: Date;
  },
): Promise<SecretVersionRow> {
  const { number, state, signature, text, now } = added;
  const sealed = sealSecret({ keyRing: context.keyRing, endpointId, number, signature, text });
  return insertSecretVersion(transaction, { ...sealed, state, createdBy: actorName(actor), now });
}

function toStanding(row: Awaited<ReturnType<typeof listStandingSecrets>>[number]): SecretStanding {
  return { number: row.number, state: row.state, expiresAt: row.expires_at };
}

function toStandingAfter(versions: readonly SecretStanding[], { moved, added }: ChangedSecrets): SecretStanding[] {
  const unmoved = versions.filter((version) => !moved.some(({ number }) => number === version.number));
  const all = [...(added === null ? [] : [added.version]), ...moved, ...unmoved.filter(isNotExpired)];
  return all.toSorted((a, b) => b.number - a.number);
}

function isNotExpired(version: SecretStanding): boolean {
  return version.state !== "expired";
}

function toAuditState({ number, state, expiresAt }: SecretStanding): Record<string, unknown> {
  return { number, state, expiresAt: expiresAt?.toISOString() ?? null };
}
