/**
 * `posthorn publishers grant | revoke | list`: which roles of the database may publish with `select posthorn.publish(…)`,
 * and for whom. Acts as the operator who holds the database and its keys, and is audited as root.
 */
import { parseArgs } from "node:util";

import { ConfigError } from "../config.ts";
import type { Actor } from "../core/access/actor.ts";
import { CoreError } from "../core/errors/core-error.ts";
import { grantPublishingRole } from "../core/publishing-roles/grant-publishing-role.ts";
import { revokePublishingRole } from "../core/publishing-roles/revoke-publishing-role.ts";
import { findTenant } from "../core/tenants/find-tenant.ts";
import { listPublishing } from "../db/queries/list-publishing.ts";
import { type Tools, withTools } from "./open-tools.ts";

const OPERATOR: Actor = { kind: "root", address: null };

/** Throws ConfigError for a mistake of the command line. Exit code 1: there was no such grant to revoke. */
export async function runPublishers(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      role: { type: "string" },
      tenant: { type: "string" },
      "all-tenants": { type: "boolean", default: false },
    },
  });
  const [verb, ...rest] = positionals;
  if (rest.length > 0 || (verb !== "grant" && verb !== "revoke" && verb !== "list")) {
    throw new ConfigError("Expected posthorn publishers grant, revoke or list. See posthorn --help.");
  }
  const { role: roleName, tenant, "all-tenants": all } = values;
  if (verb === "list") return withTools({}, list);
  if (roleName === undefined) throw new ConfigError("--role is missing: the database role that publishes.");
  if ((tenant === undefined) !== all) throw new ConfigError("Give either --tenant T or --all-tenants.");
  return withTools({}, async (tools) => {
    const tenantId = tenant === undefined ? null : await findTenantId(tools, tenant);
    const input = { context: tools, actor: OPERATOR, roleName, tenantId };
    return verb === "grant" ? grant(input, tenant) : revoke(input, tenant);
  });
}

type Input = Parameters<typeof grantPublishingRole>[0];

async function grant(input: Input, tenant: string | undefined): Promise<number> {
  try {
    const isNew = await grantPublishingRole(input);
    say(`${input.roleName} ${isNew ? "may" : "could already"} publish for ${tenant ?? "every tenant"}.`);
    return 0;
  } catch (error) {
    throw error instanceof CoreError ? new ConfigError(error.message) : error;
  }
}

async function revoke(input: Input, tenant: string | undefined): Promise<number> {
  const stood = await revokePublishingRole(input);
  const whom = tenant ?? "every tenant";
  say(stood ? `${input.roleName} has no grant for ${whom} any more.` : `${input.roleName} has no grant for ${whom}.`);
  return stood ? 0 : 1;
}

async function list({ database }: Tools): Promise<number> {
  for (const { role_name, tenant_slug, created_at } of await listPublishing(database)) {
    say(`${role_name}\t${tenant_slug ?? "every tenant"}\t${created_at.toISOString()}`);
  }
  return 0;
}

async function findTenantId(tools: Tools, reference: string): Promise<string> {
  const tenant = await findTenant({ context: tools, reference });
  if (tenant === null) throw new ConfigError("There is no such tenant. Give its id (ten_…) or its slug.");
  return tenant.id;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
