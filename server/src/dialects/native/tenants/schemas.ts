/** The wire shapes of tenants. */
import { z } from "@hono/zod-openapi";

import { checkTenant, TENANT_NAME_CHARACTERS_MAX, TENANT_SLUG } from "../../../core/tenants/tenant.ts";
import { TIERS } from "../../../core/tenants/tier.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { checkedBy, isoTime, metadataSchema } from "../schema-parts.ts";

const name = z
  .string()
  .check(checkedBy((value) => checkTenant({ name: value })))
  .openapi({ minLength: 1, maxLength: TENANT_NAME_CHARACTERS_MAX, example: "Acme Inc" });
const slug = z
  .string()
  .check(checkedBy((value) => checkTenant({ slug: value })))
  .openapi({ pattern: TENANT_SLUG.source, example: "acme", description: "Made from the name if left out." });
const tier = z.enum(TIERS).openapi({
  description: "What a contract with tiers allows: how many endpoints of its profile, how many requests a minute.",
});

export const tenantSchema = z
  .strictObject({
    id: z.string().openapi({ example: "ten_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    slug: z.string(),
    name: z.string(),
    tier,
    metadata: metadataSchema,
    createdAt: isoTime,
    updatedAt: isoTime,
  })
  .openapi("Tenant");

export const tenantListSchema = listSchema(tenantSchema, "TenantList");

export const createTenantSchema = z
  .strictObject({ name, slug: slug.optional(), tier: tier.optional(), metadata: metadataSchema.optional() })
  .openapi("CreateTenant");

export const updateTenantSchema = z
  .strictObject({ name: name.optional(), tier: tier.optional(), metadata: metadataSchema.optional() })
  .openapi("UpdateTenant");

export const tenantPathSchema = z.object({
  t: z.string().openapi({ description: "A tenant's id or slug.", example: "acme" }),
});

export const listTenantsQuerySchema = z.strictObject(pageParameters);

/** A tenant's number: the position in the list. */
export const tenantPositionSchema = z.int32().positive();
