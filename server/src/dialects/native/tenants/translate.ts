/** Tenants between the core and the wire. Inputs have the same shape on both sides. */
import type { z } from "@hono/zod-openapi";

import { toUuidId } from "../../../core/ids/public-id.ts";
import type { Tenant } from "../../../core/tenants/tenant.ts";
import type { tenantSchema } from "./schemas.ts";

export function toTenantAnswer(tenant: Tenant): z.infer<typeof tenantSchema> {
  return {
    id: toUuidId("ten", tenant.id),
    slug: tenant.slug,
    name: tenant.name,
    tier: tenant.tier,
    metadata: { ...tenant.metadata },
    createdAt: tenant.createdAt.toISOString(),
    updatedAt: tenant.updatedAt.toISOString(),
  };
}
