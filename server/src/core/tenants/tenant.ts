/** A tenant: the owner of endpoints, events and keys. `number` is its small integer, which routing and dialects use. */
import type { TenantRow } from "../../db/queries/select-tenant.ts";
import type { AuditState } from "../audit/audit-row.ts";
import type { InputProblem } from "../errors/core-error.ts";
import { checkMetadata, type Metadata } from "../metadata/check-metadata.ts";
import type { Tier } from "./tier.ts";

export interface Tenant {
  readonly id: string;
  readonly number: number;
  readonly slug: string;
  readonly name: string;
  readonly tier: Tier;
  readonly metadata: Metadata;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Counted in code points, as the table does. */
export const TENANT_NAME_CHARACTERS_MAX = 256;
/** A slug stands in paths beside public ids, so it must not look like one. */
export const TENANT_SLUG = /^(?!ten_)[a-z0-9][a-z0-9_-]{0,63}$/;

export function toTenant(row: TenantRow): Tenant {
  return {
    id: row.id,
    number: row.number,
    slug: row.slug,
    name: row.name,
    tier: row.tier,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** What is recorded of a tenant before and after a change. */
export function toTenantAudit({ slug, name, tier, metadata }: Tenant): AuditState {
  return { slug, name, tier, metadata };
}

/** Every mistake in the members that are given. */
export function checkTenant(input: {
  readonly slug?: string | undefined;
  readonly name?: string | undefined;
  readonly metadata?: Metadata | undefined;
}): InputProblem[] {
  const problems: InputProblem[] = [];
  if (input.slug !== undefined && !TENANT_SLUG.test(input.slug)) {
    const message = "A slug has 1 to 64 of a-z, 0-9, _ and -, begins with a letter or digit, and not with ten_.";
    problems.push({ path: "/slug", code: "invalid_format", message });
  }
  if (input.name !== undefined) {
    const characters = [...input.name].length;
    if (characters < 1 || characters > TENANT_NAME_CHARACTERS_MAX) {
      const message = `A name has 1 to ${TENANT_NAME_CHARACTERS_MAX} characters.`;
      problems.push({ path: "/name", code: "out_of_bounds", message });
    }
  }
  if (input.metadata !== undefined) problems.push(...checkMetadata(input.metadata, "/metadata"));
  return problems;
}
