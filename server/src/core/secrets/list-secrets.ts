/** Lists the secret versions of an endpoint, newest first. The values are never among them. */
import { listSecretVersions } from "../../db/queries/list-secret-versions.ts";
import { selectEndpoint } from "../../db/queries/select-endpoint.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { endpointNotFound } from "../endpoints/endpoint-not-found.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type SecretVersion, toSecretVersion } from "./secret-version.ts";

/** `after` is the number of the last version of the page before. Throws `scope_required`, `not_found`. */
export async function listSecrets({
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
  readonly input: { readonly after: number | null; readonly limit: number };
}): Promise<Page<SecretVersion, number>> {
  requireScope(actor, tenantId, "secrets:read");
  if ((await selectEndpoint(context.database, { tenantId, endpointId })) === null) throw endpointNotFound();
  const page = { endpointId, after: input.after, limit: input.limit + 1 };
  const rows = await listSecretVersions(context.database, page);
  const now = context.clock.now();
  return toPage(
    rows.map((row) => toSecretVersion(row, now)),
    input.limit,
    (version) => version.number,
  );
}
