/** Lists a tenant's API keys that are not revoked, newest first. */
import { listApiKeys as listApiKeyRows } from "../../db/queries/list-api-keys.ts";
import { type Actor, requireScope } from "../access/actor.ts";
import type { CoreContext } from "../context.ts";
import { type Page, toPage } from "../pages/page.ts";
import { type ApiKey, toApiKey } from "./api-key.ts";

export interface ApiKeyPosition {
  readonly createdAt: Date;
  readonly id: string;
}

/** Throws `not_found`, `scope_required`. */
export async function listApiKeys({
  context,
  actor,
  tenantId,
  input,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly input: { readonly after: ApiKeyPosition | null; readonly limit: number };
}): Promise<Page<ApiKey, ApiKeyPosition>> {
  requireScope(actor, tenantId, "api-keys:read");
  const rows = await listApiKeyRows(context.database, { tenantId, after: input.after, limit: input.limit + 1 });
  return toPage(rows.map(toApiKey), input.limit, ({ createdAt, id }) => ({ createdAt, id }));
}
