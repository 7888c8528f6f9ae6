/**
 * `posthorn audit verify`: walks the audit logs and says for each whether it is as it was written. Exit code 1 and the
 * first bad row when one is not. `--expect N:MAC` holds a tenant's log against a head that was kept elsewhere.
 */
import { parseArgs } from "node:util";

import { ConfigError } from "../config.ts";
import type { AuditHead } from "../core/audit/audit-row.ts";
import type { ChainFault } from "../core/audit/check-chain.ts";
import { verifyAudit } from "../core/audit/verify-audit.ts";
import { toUuidId } from "../core/ids/public-id.ts";
import { type AuditedTenantRow, listAuditedTenants } from "../db/queries/list-audited-tenants.ts";
import { type Tools, withTools } from "./open-tools.ts";

const TENANTS_AT_ONCE = 250;
/** SHA-256 in hexadecimal. */
const HEAD = /^(\d{1,15}):([0-9a-f]{64})$/i;

/** Throws ConfigError for a mistake of the command line. */
export async function runAudit(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { tenant: { type: "string" }, expect: { type: "string" }, "data-dir": { type: "string" } },
  });
  if (positionals.length !== 1 || positionals[0] !== "verify") {
    throw new ConfigError("Expected posthorn audit verify. See posthorn --help.");
  }
  const expected = values.expect === undefined ? undefined : parseHead(values.expect);
  if (expected !== undefined && values.tenant === undefined) {
    throw new ConfigError("--expect names the head of one log: give --tenant too.");
  }
  return withTools({ dataDir: values["data-dir"] }, (tools) => verify(tools, values.tenant, expected));
}

/** Reads `N:MAC`, as the server's log and `/audit/head` give them. Throws ConfigError. */
function parseHead(text: string): AuditHead {
  const [, number, mac] = HEAD.exec(text) ?? [];
  if (mac === undefined)
    throw new ConfigError("--expect: a row's number, a colon, and its mac of 64 hexadecimal digits.");
  return { number: Number(number), mac: Buffer.from(mac, "hex") };
}

/** What is wrong, in words. */
function describeFault(fault: ChainFault): string {
  const row = `row ${fault.number}`;
  switch (fault.kind) {
    case "changed":
      return `${row} was changed, or put in`;
    case "missing":
      return `${row} was removed`;
    case "cut":
      return `${row} and what followed it were cut from the end`;
    case "other_head":
      return `${row} is not the one that the head names`;
    case "behind_head":
      return `${row} stands behind the head, which was set back`;
    case "key_unavailable":
      return `${row} cannot be checked: the encryption key ${fault.keyId} is not given, or is another one`;
  }
}

async function verify(tools: Tools, reference: string | undefined, expected?: AuditHead): Promise<number> {
  let found = 0;
  let faults = 0;
  for await (const tenant of allTenants(tools)) {
    if (reference !== undefined && !isNamed(tenant, reference)) continue;
    found += 1;
    const verdict = await verifyAudit({ ...tools, tenantId: tenant.id, expect: expected });
    const name = `${toUuidId("ten", tenant.id)} ${tenant.slug}${tenant.isDeleted ? " (deleted)" : ""}`;
    if (verdict.ok) {
      const { number, mac } = verdict.head;
      process.stdout.write(`${name}: sound, head ${number}:${Buffer.from(mac).toString("hex")}\n`);
    } else {
      faults += 1;
      process.stdout.write(`${name}: NOT SOUND, ${describeFault(verdict.fault)}\n`);
    }
  }
  if (reference !== undefined && found === 0) {
    throw new ConfigError("There is no such tenant. Give its id (ten_…) or its slug.");
  }
  return faults === 0 ? 0 : 1;
}

async function* allTenants({ database }: Tools): AsyncGenerator<AuditedTenantRow> {
  let after: string | null = null;
  for (;;) {
    const rows: AuditedTenantRow[] = await listAuditedTenants(database, { after, limit: TENANTS_AT_ONCE });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** A slug names a tenant that is not deleted; an id names it for good. */
function isNamed(tenant: AuditedTenantRow, reference: string): boolean {
  return reference === toUuidId("ten", tenant.id) || (!tenant.isDeleted && reference === tenant.slug);
}
