/**
 * Creates a tenant. Without a slug one is made from the name, and made unique by a random end if it is taken; a slug
 * that the caller chose is never changed, so a taken one is an error.
 */
import { randomInt, randomUUID } from "node:crypto";

import { insertTenant } from "../../db/queries/insert-tenant.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import type { KeepAnswer } from "../idempotency/keep-answer.ts";
import type { Metadata } from "../metadata/check-metadata.ts";
import { deriveSlug } from "./derive-slug.ts";
import { checkTenant, type Tenant, toTenant, toTenantAudit } from "./tenant.ts";
import type { Tier } from "./tier.ts";

export interface CreateTenantInput {
  readonly name: string;
  readonly slug?: string | undefined;
  /** Free when left out. */
  readonly tier?: Tier | undefined;
  readonly metadata?: Metadata | undefined;
}

const RANDOM_END_CHARACTERS = 6;
/** Two in a row are taken once in 10^18 tenants of one name. */
const DERIVED_SLUG_TRIES = 3;

/** Throws `scope_required`, `validation_failed`, `already_exists`. */
export async function createTenant({
  context,
  actor,
  input,
  keepAnswer,
}: {
  readonly context: CoreContext;
  readonly actor: Actor;
  readonly input: CreateTenantInput;
  readonly keepAnswer?: KeepAnswer<Tenant> | undefined;
}): Promise<Tenant> {
  requireRoot(actor);
  refuseProblems(checkTenant(input));

  for (const slug of slugsToTry(input)) {
    const tenant = await insert(context, actor, { ...input, slug, keepAnswer });
    if (tenant !== null) return tenant;
  }
  throw new CoreError("already_exists", `The slug ${input.slug ?? "of this name"} is taken. Choose another.`);
}

/** Null when the slug is taken. */
async function insert(
  { database, clock, keyRing }: CoreContext,
  actor: Actor,
  {
    slug,
    name,
    tier = "free",
    metadata = {},
    keepAnswer,
  }: CreateTenantInput & { readonly slug: string; readonly keepAnswer: KeepAnswer<Tenant> | undefined },
): Promise<Tenant | null> {
  const now = clock.now();
  return database.transaction(async (transaction) => {
    const row = await insertTenant(transaction, { id: randomUUID(), slug, name, tier, metadata, now });
    if (row === null) return null;
    const tenant = toTenant(row);
    await keepAnswer?.(transaction, tenant);
    await appendAudit(transaction, {
      keyRing,
      tenantId: tenant.id,
      actor,
      action: "tenant.create",
      subject: `tenant:${tenant.id}`,
      after: toTenantAudit(tenant),
      now,
    });
    return tenant;
  });
}

function* slugsToTry(input: CreateTenantInput): Generator<string> {
  if (input.slug !== undefined) {
    yield input.slug;
    return;
  }
  const derived = deriveSlug(input.name);
  if (derived !== "") yield derived;
  for (let tries = 0; tries < DERIVED_SLUG_TRIES; tries += 1) yield `${derived || "tenant"}-${randomEnd()}`;
}

function randomEnd(): string {
  return randomInt(36 ** RANDOM_END_CHARACTERS)
    .toString(36)
    .padStart(RANDOM_END_CHARACTERS, "0");
}
