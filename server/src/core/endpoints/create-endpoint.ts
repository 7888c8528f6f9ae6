/**
 * Creates an endpoint with its first secret. The secret is answered here and never again by this verb; its profile, and
 * with it the secret's format, is fixed for good.
 */
import { randomUUID } from "node:crypto";

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
import { toSecretVersion } from "../secrets/secret-version.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { checkEndpointSettings, type EndpointSettings } from "./check-endpoint-settings.ts";
import { type Endpoint, type EndpointProfile, type EndpointSignature, toEndpoint } from "./endpoint.ts";
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

/** Throws `scope_required`, `not_found`, `validation_failed`, `event_type_unknown`, `limit_reached`. */
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
  return context.database.transaction(async (transaction) => {
    const tenantNumber = await lockTenant(transaction, tenantId);
    if (tenantNumber === null) throw new CoreError("not_found", "There is no such tenant.");
    if (input.withUnregisteredTypes !== true) {
      await requireRegisteredTypes(transaction, { tenantId, eventTypes: input.eventTypes ?? null });
    }

    const endpoint = applySettings({ ...NEW_ENDPOINT, url: vetted.url, credentials: vetted.credentials }, input, now);
    const { keyRing } = context;
    const values = toEndpointValues({ endpoint, endpointId, tenantNumber, disabled, keyRing });
    const inserted = await insertEndpoint(transaction, {
      id: endpointId,
      tenantId,
      profile,
      signature,
      now,
      atMost: ENDPOINTS_A_TENANT_MAX,
      atMostOfProfile: input.atMostOfProfile ?? null,
      status: disabled ? "disabled" : "active",
      values,
    });
    if ("refused" in inserted) throw limitReached(inserted.refused, input);
    const sealed = sealSecret({ keyRing, endpointId, number: 1, signature, text: secret });
    const version = { ...sealed, state: "active" as const, createdBy: actorName(actor), now };
    const { publicKey } = toSecretVersion(await insertSecretVersion(transaction, version), now);
    const created = { endpoint: toEndpoint(inserted), secret: toShownSecret(signature, secret), publicKey };
    await keepAnswer?.(transaction, created);
    const after = created.endpoint;
    await auditEndpoint(transaction, { keyRing, actor, action: "endpoint.create", before: null, after, now });
    return created;
  });
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
    ...checkEndpointSettings(input, { keptHeaders: NO_HEADERS }),
    ...(input.secret === undefined ? [] : checkNewSecret(kind, input.secret, "/secret")),
    ...(kind.signature === "ed25519" && kind.profile !== "standard" ? [ONLY_STANDARD_CHOOSES] : []),
    ...vetted.problems,
    ...(vetted.keepsCredentials ? [NO_CREDENTIALS_TO_KEEP] : []),
  ]);
  return vetted;
}
