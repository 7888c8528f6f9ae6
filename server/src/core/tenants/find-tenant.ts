/**
 * Finds the tenant that a path, a header or a setting names: by its public id (`ten_…`) or by its slug. A slug never
 * begins like a public id, so a text means one of the two.
 */
import { selectTenant } from "../../db/queries/select-tenant.ts";
import type { CoreContext } from "../context.ts";
import { fromUuidId } from "../ids/public-id.ts";
import { type Tenant, TENANT_SLUG, toTenant } from "./tenant.ts";

/** Null when there is no such tenant, or the text is neither an id nor a slug. Says nothing about who may see it. */
export async function findTenant({
  context,
  reference,
}: {
  readonly context: Pick<CoreContext, "database">;
  readonly reference: string;
}): Promise<Tenant | null> {
  const id = fromUuidId("ten", reference);
  if (id === null && !TENANT_SLUG.test(reference)) return null;
  const row = await selectTenant(context.database, id === null ? { slug: reference } : { id });
  return row === null ? null : toTenant(row);
}
