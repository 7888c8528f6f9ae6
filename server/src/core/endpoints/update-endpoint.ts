/**
 * Changes what is given of an endpoint and leaves the rest. Values that are never shown may come back as `***` and then
 * stay: custom headers by name, the URL's credentials while scheme, host and port stay. Counts from the next event on.
 */
import { lockEndpoint, type LockedEndpointRow } from "../../db/queries/lock-endpoint.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { updateEndpoint as updateEndpointRow } from "../../db/queries/update-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { checkEndpointSettings, type EndpointSettings } from "./check-endpoint-settings.ts";
import { type Endpoint, toEndpoint, toFilters } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";
import { openEndpointParts } from "./endpoint-parts.ts";
import { applySettings, type PlainEndpoint, toEndpointValues } from "./endpoint-values.ts";
import { haveSameOrigin } from "./hidden-credentials.ts";
import { requireRegisteredTypes } from "./require-registered-types.ts";
import { NO_CREDENTIALS_TO_KEEP, vetUrl, type VettedUrl } from "./vet-url.ts";

/** Throws `scope_required`, `not_found`, `validation_failed`, `event_type_unknown`, `key_unavailable`. */
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
  readonly input: EndpointSettings;
}): Promise<Endpoint> {
  requireScope(actor, tenantId, "endpoints:write");
  const vetted = await checkInput(context, { tenantId, endpointId }, input);

  const now = context.clock.now();
  const row = await context.database.transaction(async (transaction) => {
    const locked = await lockEndpoint(transaction, { tenantId, endpointId });
    if (locked === null) throw endpointNotFound();
    const before = open(context.keyRing, locked);
    refuseProblems(checkKeptCredentials(before, vetted));
    await requireRegisteredTypes(transaction, { tenantId, eventTypes: input.eventTypes ?? null });

    const values = toEndpointValues({
      endpoint: applySettings(moveTo(before, vetted), input, now),
      endpointId,
      tenantNumber: locked.tenant_number,
      disabled: locked.status === "disabled",
      keyRing: context.keyRing,
    });
    return updateEndpointRow(transaction, { id: endpointId, now, values });
  });
  return toEndpoint(row);
}

/** Checks all that needs no lock; the URL's answer is null when none is given. */
async function checkInput(
  context: CoreContext,
  id: { readonly tenantId: string; readonly endpointId: string },
  input: EndpointSettings,
): Promise<VettedUrl | null> {
  const found = await selectEndpoint(context.database, id);
  if (found === null) throw endpointNotFound();
  const keptHeaders = new Set(found.header_names.map((name) => name.toLowerCase()));
  const vetted = input.url === undefined ? null : await vetUrl(context, input.url, found.profile);
  refuseProblems([...checkEndpointSettings(input, { keptHeaders }), ...(vetted?.problems ?? [])]);
  return vetted;
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

function moveTo(before: PlainEndpoint, vetted: VettedUrl | null): PlainEndpoint {
  if (vetted === null) return before;
  return { ...before, url: vetted.url, credentials: vetted.keepsCredentials ? before.credentials : vetted.credentials };
}
