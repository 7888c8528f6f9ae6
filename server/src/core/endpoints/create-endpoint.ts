/**
 * Creates an endpoint with its first secret. The secret is answered here and never again by this verb; its profile, and
 * with it the secret's format, is fixed for good.
 */
import { randomUUID } from "node:crypto";

import { DatabaseError } from "../../db/database.ts";
import { insertEndpoint } from "../../db/queries/insert-endpoint.ts";
import { insertSecretVersion } from "../../db/queries/insert-secret-version.ts";
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { type Actor, actorName, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import { checkNewSecret, generateSecret, type SecretKind, toShownSecret } from "../secrets/secret-format.ts";
import { sealSecret } from "../secrets/seal-secret.ts";
import { isHeld } from "../profile-settings/is-held.ts";
import { toSecretVersion } from "../secrets/secret-version.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { checkEndpointSettings, type EndpointSettings } from "./check-endpoint-settings.ts";
import { type Endpoint, type EndpointProfile, type EndpointSignature, toEndpoint } from "./endpoint.ts";
import { decideHold } from "./endpoint-status.ts";
import { applySettings, NEW_ENDPOINT, toEndpointValues } from "./endpoint-values.ts";
import { requireRegisteredTypes } from "./require-registered-types.ts";
import { NO_CREDENTIALS_TO_KEEP, vetUrl, type VettedUrl } from "./vet-url.ts";

export interface CreateEndpointInput extends EndpointSettings {
  readonly url: string;
  readonly profile?: EndpointProfile | undefined;
  /** `ed25519` for the profile `standard` only, and fixed for good like the profile. */
  readonly signature?: EndpointSignature | undefined;
  /** In the format of profile and signature; generated when left out. */
  readonly secret?: string | undefined;
  /** Created disabled: no delivery is made before it is resumed. */
  readonly disabled?: boolean | undefined;
  /** How many endpoints of its profile the tenant may have, where a contract bounds them. */
  readonly atMostOfProfile?: number | undefined;
  /** Filters may name types that nobody has registered, where a contract lets them. */
  readonly withUnregisteredTypes?: boolean | undefined;
  /** The caller's own id of the endpoint, unique in the tenant. */
  readonly uid?: string | undefined;
}

export interface CreatedEndpoint {
  readonly endpoint: Endpoint;
  /** Null of an endpoint that signs by Ed25519: receivers need the public key alone. */
  readonly secret: string | null;
  /** `whpk_…`, of an endpoint that signs by Ed25519. */
  readonly publicKey: string | null;
}

/** The profiles that an endpoint can be created with. */
export const OFFERED_PROFILES = ["standard", "selfcommunity", "velt", "thesignup"] as const satisfies EndpointProfile[];

export const ENDPOINTS_A_TENANT_MAX = 10_000;
/** The code of the problem of `limit_reached` where `atMostOfProfile` was the bound. */
export const PROFILE_LIMIT = "profile_limit";
const ONLY_STANDARD_CHOOSES: InputProblem = {
  path: "/signature",
  code: "not_of_profile",
  message: "Only the profile standard can sign by Ed25519: the contracts of the others fix how they sign.",
};
const NO_HEADERS: ReadonlySet<string> = new Set();
const ACTIVE = { status: "active", reason: null } as const;
const DISABLED = { status: "disabled", reason: "manual" } as const;

/** Throws `scope_required`, `not_found`, `validation_failed`, `event_type_unknown`, `limit_reached`, `already_exists`. */
export async function createEndpoint({
  context,
  actor,
  tenantId,
  input,
  keepAnswer,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: CreateEndpointInput;
  readonly keepAnswer?: KeepAnswer<CreatedEndpoint> | undefined;
}): Promise<CreatedEndpoint> {
  requireScope(actor, tenantId, "endpoints:write");
  const { profile = "standard", signature = "hmac", disabled = false } = input;
  const vetted = await checkInput(context, input, { profile, signature });
  const secret = input.secret ?? generateSecret({ profile, signature });

  const endpointId = randomUUID();
  const now = context.clock.now();
  const created = context.database.transaction(async (transaction) => {
    const tenantNumber = await lockTenant(transaction, tenantId);
    if (tenantNumber === null) throw new CoreError("not_found", "There is no such tenant.");
    if (input.withUnregisteredTypes !== true) {
      await requireRegisteredTypes(transaction, { tenantId, eventTypes: input.eventTypes ?? null });
    }

    const endpoint = applySettings({ ...NEW_ENDPOINT, url: vetted.url, credentials: vetted.credentials }, input, now);
    const { keyRing } = context;
    const held = await isHeld(transaction, { tenantId, profile });
    const listens = !disabled && !held;
    const values = toEndpointValues({ endpoint, endpointId, tenantNumber, profile, listens, keyRing });
    const inserted = await insertEndpoint(transaction, {
      id: endpointId,
      tenantId,
      profile,
      signature,
      now,
      atMost: ENDPOINTS_A_TENANT_MAX,
      atMostOfProfile: input.atMostOfProfile ?? null,
      ...(disabled ? DISABLED : decideHold(ACTIVE, held)),
      uid: input.uid ?? null,
      values,
    });
    if ("refused" in inserted) throw limitReached(inserted.refused, input);
    const sealed = sealSecret({ keyRing, endpointId, number: 1, signature, text: secret });
    const version = { ...sealed, state: "active" as const, createdBy: actorName(actor), now };
    const { publicKey } = toSecretVersion(await insertSecretVersion(transaction, version), now);
    const answer = { endpoint: toEndpoint(inserted), secret: toShownSecret(signature, secret), publicKey };
    await keepAnswer?.(transaction, answer);
    const after = answer.endpoint;
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.create", before: null, after, now });
    return answer;
  });
  return created.catch(refuseTakenUid);
}

function refuseTakenUid(error: unknown): never {
  if (error instanceof DatabaseError && error.constraint === "endpoint_uids_are_unique_in_their_tenant") {
    throw new CoreError("already_exists", "Another endpoint of this tenant has this uid.");
  }
  throw error;
}

/** Its one problem says which bound it was. */
function limitReached(refused: "in_all" | "of_profile", { atMostOfProfile, profile }: CreateEndpointInput): CoreError {
  const [code, message] =
    refused === "in_all"
      ? ["tenant_limit", `A tenant has at most ${ENDPOINTS_A_TENANT_MAX} endpoints. Delete some.`]
      : [PROFILE_LIMIT, `This tenant has at most ${atMostOfProfile ?? 0} endpoints of the profile ${profile ?? ""}.`];
  return new CoreError("limit_reached", message, { problems: [{ path: "", code, message }] });
}

async function checkInput(context: CoreContext, input: CreateEndpointInput, kind: SecretKind): Promise<VettedUrl> {
  const vetted = await vetUrl(context, input.url, kind.profile);
  refuseProblems([
    ...checkEndpointSettings(input, { keptHeaders: NO_HEADERS, withUnregisteredTypes: input.withUnregisteredTypes }),
    ...checkUid(input.uid),
    ...(input.secret === undefined ? [] : checkNewSecret(kind, input.secret, "/secret")),
    ...(kind.signature === "ed25519" && kind.profile !== "standard" ? [ONLY_STANDARD_CHOOSES] : []),
    ...vetted.problems,
    ...(vetted.keepsCredentials ? [NO_CREDENTIALS_TO_KEEP] : []),
  ]);
  return vetted;
}

const UID_PATTERN = /^[a-zA-Z0-9\-_.]{1,256}$/;

function checkUid(uid: string | undefined): InputProblem[] {
  if (uid === undefined || UID_PATTERN.test(uid)) return [];
  const message = "A uid has 1 to 256 letters, digits, hyphens, underscores and full stops.";
  return [{ path: "/uid", code: "invalid_format", message }];
}
