/**
 * `posthorn users create | passwd`: how the first user of a tenant comes to be, and how one who is locked out gets in
 * again. Acts as the operator who holds the database and its keys, and is audited as root.
 */
import { parseArgs } from "node:util";

import { ConfigError } from "../config.ts";
import type { Actor } from "../core/access/actor.ts";
import { isRole, ROLES } from "../core/access/roles.ts";
import { CoreError } from "../core/errors/core-error.ts";
import { toUuidId } from "../core/ids/public-id.ts";
import { findTenant } from "../core/tenants/find-tenant.ts";
import { createUser } from "../core/users/create-user.ts";
import { updateUser } from "../core/users/update-user.ts";
import { normaliseEmail } from "../core/users/user.ts";
import { findUserByEmail } from "../db/queries/find-user-by-email.ts";
import { type Tools, withTools } from "./open-tools.ts";
import { readPassword } from "./read-password.ts";

const OPERATOR: Actor = { kind: "root", address: null };

/** Throws ConfigError for a mistake of the command line or of what was typed. */
export async function runUsers(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      tenant: { type: "string" },
      email: { type: "string" },
      role: { type: "string" },
      name: { type: "string" },
      number: { type: "string" },
      "no-password": { type: "boolean", default: false },
      "data-dir": { type: "string" },
    },
  });
  const [verb, ...rest] = positionals;
  if ((verb !== "create" && verb !== "passwd") || rest.length > 0) {
    throw new ConfigError("Expected posthorn users create, or posthorn users passwd. See posthorn --help.");
  }
  const who = { tenant: required(values.tenant, "--tenant"), email: required(values.email, "--email") };
  const flags = { dataDir: values["data-dir"] };
  try {
    if (verb === "passwd") return await setPassword(flags, who);
    const { name, number } = values;
    const role = required(values.role, "--role");
    return await create(flags, { ...who, role, name, number, withPassword: !values["no-password"] });
  } catch (error) {
    throw error instanceof CoreError ? toConfigError(error) : error;
  }
}

interface Who {
  readonly tenant: string;
  readonly email: string;
}

async function create(
  flags: { readonly dataDir: string | undefined },
  input: Who & {
    readonly role: string;
    readonly name: string | undefined;
    readonly number: string | undefined;
    readonly withPassword: boolean;
  },
): Promise<number> {
  const { role, email, name } = input;
  if (!isRole(role)) throw new ConfigError(`--role: one of ${ROLES.join(", ")}.`);
  const number = input.number === undefined ? undefined : Number(input.number);
  const password = input.withPassword ? await readPassword() : undefined;
  return withTools(flags, async (tools) => {
    const tenantId = await findTenantId(tools, input.tenant);
    const reason = "posthorn users create";
    const user = await createUser({
      context: tools,
      actor: OPERATOR,
      tenantId,
      input: { email, role, name, number, password, reason },
    });
    process.stdout.write(`Created ${toUuidId("usr", user.id)}: ${user.email}, ${user.role}, number ${user.number}.\n`);
    return 0;
  });
}

async function setPassword(flags: { readonly dataDir: string | undefined }, who: Who): Promise<number> {
  const password = await readPassword();
  return withTools(flags, async (tools) => {
    const tenantId = await findTenantId(tools, who.tenant);
    const user = await findUserByEmail(tools.database, { tenantId, email: normaliseEmail(who.email) });
    if (user === null) throw new ConfigError("There is no such user in this tenant.");
    const input = { password, reason: "posthorn users passwd" };
    await updateUser({ context: tools, actor: OPERATOR, tenantId, userId: user.id, input });
    process.stdout.write(`Set the password of ${user.email}. All sessions of the user have ended.\n`);
    return 0;
  });
}

async function findTenantId(tools: Tools, reference: string): Promise<string> {
  const tenant = await findTenant({ context: tools, reference });
  if (tenant === null) throw new ConfigError("There is no such tenant. Give its id (ten_…) or its slug.");
  return tenant.id;
}

function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw new ConfigError(`${flag} is missing. See posthorn --help.`);
  return value;
}

function toConfigError(error: CoreError): ConfigError {
  const lines = error.problems.map((problem) => `${problem.path.slice(1)}: ${problem.message}`);
  return new ConfigError(lines.length === 0 ? error.message : lines.join("\n"));
}
