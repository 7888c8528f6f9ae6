/**
 * Makes another secret version active. The one before goes on signing beside it until the overlap ends, so that a
 * receiver may change over at any moment between and misses nothing. The new secret is answered here, once.
 */
import { insertSecretVersion } from "../../db/queries/insert-secret-version.ts";
import { listStandingSecrets } from "../../db/queries/list-standing-secrets.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { moveSecretVersions } from "../../db/queries/move-secret-versions.ts";
import { type Actor, actorName, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { sealSecret } from "./seal-secret.ts";
import { checkNewSecret, generateSecret } from "./secret-format.ts";
import { decideRotation, type RotationConflict } from "./secret-lifecycle.ts";
import { type SecretVersion, toSecretVersion } from "./secret-version.ts";

export interface RotateSecretInput {
  /** How long the old version goes on signing; 24 hours when left out, 0 ends it at once. */
  readonly overlapSeconds?: number | undefined;
  /** In the profile's format; generated when left out. */
  readonly secret?: string | undefined;
  /** Needed only inside the overlap of an earlier rotation. */
  readonly onConflict?: RotationConflict | undefined;
}

export interface RotatedSecret {
  readonly version: SecretVersion;
  readonly secret: string;
  /** When the old version signs no more; null when it does not any more. */
  readonly overlapEndsAt: Date | null;
}

export const OVERLAP_SECONDS_DEFAULT = 86_400;
/** Thirty days: who has not changed over by then is not going to. */
export const OVERLAP_SECONDS_MAX = 2_592_000;

/** Throws `scope_required`, `not_found`, `validation_failed`, `rotation_in_progress`. */
export async function rotateSecret({
  context,
  actor,
  tenantId,
  endpointId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly input: RotateSecretInput;
}): Promise<RotatedSecret> {
  requireScope(actor, tenantId, "secrets:write");
  const overlapMs = toOverlapMs(input.overlapSeconds ?? OVERLAP_SECONDS_DEFAULT);
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    const endpoint = await lockEndpoint(transaction, { tenantId, endpointId });
    if (endpoint === null) throw endpointNotFound();
    if (input.secret !== undefined) refuseProblems(checkNewSecret(endpoint.profile, input.secret, "/secret"));

    const standing = await listStandingSecrets(transaction, endpointId);
    const versions = standing.map((row) => ({ number: row.number, state: row.state, expiresAt: row.expires_at }));
    const decision = decideRotation({ versions, now, overlapMs, onConflict: input.onConflict ?? null });
    if (!decision.ok) throw rotationInProgress(decision.until);

    const text = input.secret ?? generateSecret(endpoint.profile);
    const sealed = sealSecret({ keyRing: context.keyRing, endpointId, number: decision.number, text });
    await moveSecretVersions(transaction, { endpointId, moves: decision.moves });
    const row = await insertSecretVersion(transaction, { ...sealed, createdBy: actorName(actor), now });
    return { version: toSecretVersion(row, now), secret: text, overlapEndsAt: decision.overlapEndsAt };
  });
}

function toOverlapMs(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > OVERLAP_SECONDS_MAX) {
    const message = `An overlap is a whole number of seconds from 0 to ${OVERLAP_SECONDS_MAX}.`;
    refuseProblems([{ path: "/overlapSeconds", code: "out_of_bounds", message }]);
  }
  return seconds * 1000;
}

function rotationInProgress(until: Date): CoreError {
  const message =
    `An earlier rotation is in its overlap until ${until.toISOString()}. Give onConflict: expire_old ends the old ` +
    "secret now, discard_new drops the newest instead.";
  return new CoreError("rotation_in_progress", message);
}
