/**
 * Changes what is given of an endpoint and leaves the rest; settings and status together stand or fall. Values that are
 * never shown may come back as `***` and then stay: custom headers by name, the URL's credentials while scheme, host and
 * port stay. Counts from the next event on.
 */
import type { Queryable } from "../../db/database.ts";
import { cancelWaiting } from "../../db/queries/cancel-waiting.ts";
import { clearHealth } from "../../db/queries/clear-health.ts";
import { lockEndpoint, type LockedEndpointRow } from "../../db/queries/lock-endpoint.ts";
import { releaseLanes } from "../../db/queries/release-lanes.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { updateEndpoint as updateEndpointRow } from "../../db/queries/update-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { isHeld } from "../profile-settings/is-held.ts";
import { auditEndpoint } from "./audit-endpoint.ts";
import { checkEndpointSettings, type EndpointSettings } from "./check-endpoint-settings.ts";
import { CANCELLED_AT_ONCE_MAX } from "./disable-endpoint.ts";
import { type Endpoint, type EndpointStatus, toEndpoint, toFilters } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";
import { openEndpointParts } from "./endpoint-parts.ts";
import { applySettings, type PlainEndpoint, toEndpointValues } from "./endpoint-values.ts";
import type { StatusRequest } from "./endpoint-status.ts";
import { haveSameOrigin } from "./hidden-credentials.ts";
import { moveEndpoint } from "./move-endpoint.ts";
import { requireRegisteredTypes } from "./require-registered-types.ts";
import { NO_CREDENTIALS_TO_KEEP, vetUrl, type VettedUrl } from "./vet-url.ts";

export interface UpdateEndpointInput extends EndpointSettings {
  /** Moves the endpoint as pause, disable and resume do. */
  readonly status?: EndpointStatus | undefined;
  /** Forgets what failures have shown, also of an endpoint that is active already. */
  readonly forgetsFailures?: boolean | undefined;
  /** Filters may name types that nobody has registered, where a contract lets them. */
  readonly withUnregisteredTypes?: boolean | undefined;
}

/**
 * Throws `scope_required`, `not_found`, `validation_failed`, `event_type_unknown`, `key_unavailable`, and
 * `endpoint_disabled` for pausing what is disabled.
 */
export async function updateEndpoint({
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
  readonly input: UpdateEndpointInput;
}): Promise<Endpoint> {
  requireScope(actor, tenantId, "endpoints:write");
  const { vetted, status } = await checkInput(context, { tenantId, endpointId }, input);

  const now = context.clock.now();
  const resumes = input.status === "active" && status !== "active";
  const endpoint = await context.database.transaction(async (transaction) => {
    if (resumes) await releaseLanes(transaction, { endpointIds: [endpointId], now });
    // Lanes before health before endpoints: the order in which recording takes them.
    if (resumes || input.forgetsFailures === true) await clearHealth(transaction, [endpointId]);
    const locked = await lockEndpoint(transaction, { tenantId, endpointId });
    if (locked === null) throw endpointNotFound();
    const before = open(context.keyRing, locked);
    refuseProblems(checkKeptCredentials(before, vetted));
    if (input.withUnregisteredTypes !== true) {
      await requireRegisteredTypes(transaction, { tenantId, eventTypes: input.eventTypes ?? null });
    }

    const values = toEndpointValues({
      endpoint: applySettings(withUrl(before, vetted), input, now),
      endpointId,
      tenantNumber: locked.tenant_number,
      profile: locked.profile,
      listens: locked.status !== "disabled" && !(await isHeld(transaction, { tenantId, profile: locked.profile })),
      keyRing: context.keyRing,
    });
    const row = await updateEndpointRow(transaction, { id: endpointId, now, values });
    const stays = input.status === undefined || (input.status === "active" && !resumes);
    const after = stays
      ? toEndpoint(row)
      : await moveTo(transaction, { tenantId, endpointId, now, status: input.status });
    const { keyRing } = context;
    const change = { keyRing, actor, action: "endpoint.update" as const, before: toEndpoint(locked), after, now };
    await auditEndpoint(transaction, change);
    return after;
  });
  if (resumes) context.engine.wakeDispatch();
  return endpoint;
}

const REQUESTS: Readonly<Record<EndpointStatus, StatusRequest>> = {
  active: "resume",
  paused: "pause",
  disabled: "disable",
};

async function moveTo(
  transaction: Queryable,
  { status, ...endpoint }: { tenantId: string; endpointId: string; now: Date; status: EndpointStatus },
): Promise<Endpoint> {
  const moved = await moveEndpoint(transaction, { ...endpoint, request: REQUESTS[status] });
  if (status === "disabled") await cancelWaiting(transaction, { ...endpoint, limit: CANCELLED_AT_ONCE_MAX });
  return moved.after;
}

/** Checks all that needs no lock; the URL's answer is null when none is given. */
async function checkInput(
  context: CoreContext,
  id: { readonly tenantId: string; readonly endpointId: string },
  input: UpdateEndpointInput,
): Promise<{ readonly vetted: VettedUrl | null; readonly status: EndpointStatus }> {
  const found = await selectEndpoint(context.database, id);
  if (found === null) throw endpointNotFound();
  const { withUnregisteredTypes } = input;
  const keptHeaders = new Set(found.header_names.map((name) => name.toLowerCase()));
  const vetted = input.url === undefined ? null : await vetUrl(context, input.url, found.profile);
  refuseProblems([
    ...checkEndpointSettings(input, { keptHeaders, withUnregisteredTypes }),
    ...(vetted?.problems ?? []),
  ]);
  return { vetted, status: found.status };
}

function open(keyRing: KeyRing, row: LockedEndpointRow): PlainEndpoint {
  return {
    ...openEndpointParts({ keyRing, row }),
    url: row.url,
    description: row.description,
    eventTypes: toFilters(row),
    channels: row.channels,
    envelope: row.envelope,
    rateLimitPerSecond: row.rate_limit_per_second,
    maxInFlight: row.max_in_flight,
    timeoutMs: row.timeout_ms,
    retryWaits: row.retry_waits,
    verifyTls: row.verify_tls,
    metadata: row.metadata,
  };
}

function checkKeptCredentials(before: PlainEndpoint, vetted: VettedUrl | null): InputProblem[] {
  if (vetted === null || !vetted.keepsCredentials) return [];
  const canKeep = before.credentials !== null && haveSameOrigin(before.url, vetted.url);
  return canKeep ? [] : [NO_CREDENTIALS_TO_KEEP];
}

function withUrl(before: PlainEndpoint, vetted: VettedUrl | null): PlainEndpoint {
  if (vetted === null) return before;
  return { ...before, url: vetted.url, credentials: vetted.keepsCredentials ? before.credentials : vetted.credentials };
}
