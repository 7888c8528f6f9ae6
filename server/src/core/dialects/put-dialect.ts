/**
 * Switches a dialect on for a tenant, or changes it. The event types of its contract are registered with it, so that
 * they can be published and subscribed to at once. Only the operator does this: a host belongs to the whole instance.
 */
import { listDialects } from "../../db/queries/list-dialects.ts";
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { putDialect as putRow } from "../../db/queries/put-dialect.ts";
import { putDialectHosts } from "../../db/queries/put-dialect-hosts.ts";
import { registerEventTypes } from "../../db/queries/register-event-types.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { CoreContext } from "../context.ts";
import { CoreError, type InputProblem } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { checkDialect, type Dialect, type DialectName, signsTokens, toDialect } from "./dialect.ts";
import { generateDialectSecret, sealDialectSecret } from "./dialect-secret.ts";
import { EVENT_CATALOGUES } from "./event-catalogues.ts";

export interface PutDialectInput {
  /** Replaces all hosts; left out, they stay. */
  readonly hosts?: readonly string[] | undefined;
  /** What tokens are signed with. Left out: the one that is there stays, and the first is generated. */
  readonly jwtSecret?: string | undefined;
}

export interface PutDialect {
  readonly dialect: Dialect;
  readonly created: boolean;
  /** Set only when it was generated: it is shown nowhere else. */
  readonly jwtSecret: string | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `already_exists` (a host is another tenant's). */
export async function putDialect({
  context,
  actor,
  tenantId,
  name,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly name: DialectName;
  readonly input: PutDialectInput;
}): Promise<PutDialect> {
  requireRoot(actor);
  refuseProblems([...checkDialect(input), ...checkSecretHasUse(name, input)]);
  const { keyRing } = context;
  const now = context.clock.now();
  return context.database.transaction(async (transaction) => {
    if ((await lockTenant(transaction, tenantId)) === null)
      throw new CoreError("not_found", "There is no such tenant.");
    const [before] = await listDialects(transaction, { tenantId, name });
    const lacksSecret = signsTokens(name) && before === undefined && input.jwtSecret === undefined;
    const generated = lacksSecret ? generateDialectSecret() : null;
    const secret = input.jwtSecret ?? generated;
    const sealed = secret === null ? null : sealDialectSecret(keyRing, { tenantId, name }, secret);
    await putRow(transaction, {
      tenantId,
      name,
      secret: sealed?.bytes ?? null,
      encryptionKeyId: sealed?.keyId ?? null,
      now,
    });
    if (input.hosts !== undefined) {
      const [taken] = await putDialectHosts(transaction, { tenantId, dialect: name, hosts: input.hosts });
      if (taken !== undefined) throw new CoreError("already_exists", `The host ${taken} is another tenant's.`);
    }
    await registerEventTypes(transaction, { tenantId, names: EVENT_CATALOGUES[name], now });

    const [row] = await listDialects(transaction, { tenantId, name });
    if (row === undefined) throw new Error("A dialect that was just written is not there.");
    await appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "dialect.put",
      subject: `dialect:${name}`,
      before: before === undefined ? null : { hosts: before.hosts },
      after: { hosts: row.hosts, secretChanged: secret !== null },
      now,
    });
    return { dialect: toDialect(row), created: before === undefined, jwtSecret: generated };
  });
}

function checkSecretHasUse(name: DialectName, { jwtSecret }: PutDialectInput): InputProblem[] {
  if (jwtSecret === undefined || signsTokens(name)) return [];
  return [{ path: "/jwtSecret", code: "unknown_member", message: `The callers of ${name} sign no tokens.` }];
}
