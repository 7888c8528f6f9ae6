/**
 * Switches a dialect on for a tenant, or changes it. The event types of its contract are registered with it, so that
 * they can be published and subscribed to at once. Only the operator does this: a host belongs to the whole instance.
 */
import { type DialectRow, listDialects } from "../../db/queries/list-dialects.ts";
import { lockTenant } from "../../db/queries/lock-tenant.ts";
import { putDialect as putRow } from "../../db/queries/put-dialect.ts";
import { putDialectHosts } from "../../db/queries/put-dialect-hosts.ts";
import { registerEventTypes } from "../../db/queries/register-event-types.ts";
import { type Actor, requireRoot } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { AuditState } from "../audit/audit-row.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";
import { refuseProblems } from "../errors/refuse-problems.ts";
import { changeProfileSettings } from "../profile-settings/change-profile-settings.ts";
import {
  checkDialect,
  checkMembers,
  type Dialect,
  DIALECT_PROOFS,
  type DialectName,
  type DialectSettings,
  toDialect,
} from "./dialect.ts";
import { generateDialectSecret, sealDialectSecret } from "./dialect-secret.ts";
import { EVENT_CATALOGUES } from "./event-catalogues.ts";
import { type GeneratedTokens, putCredentials } from "./put-credentials.ts";

export interface PutDialect extends GeneratedTokens {
  readonly dialect: Dialect;
  readonly created: boolean;
  /** Set only when it was generated: it is shown nowhere else. */
  readonly jwtSecret: string | null;
}

/** Throws `scope_required`, `not_found`, `validation_failed`, `already_exists` (a host or key is another tenant's). */
export async function putDialect({
  context,
  actor,
  tenantId,
  name,
  input,
}: {
  readonly context: Pick<CoreContext, "database" | "clock" | "keyRing" | "engine">;
  readonly actor: Actor;
  readonly tenantId: string;
  readonly name: DialectName;
  readonly input: DialectSettings;
}): Promise<PutDialect> {
  requireRoot(actor);
  refuseProblems([...checkMembers(name, input), ...checkDialect(input)]);
  const { keyRing } = context;
  const now = context.clock.now();
  const { released, ...put } = await context.database.transaction(async (transaction) => {
    const tenantNumber = await lockTenant(transaction, tenantId);
    if (tenantNumber === null) throw new CoreError("not_found", "There is no such tenant.");
    const [before] = await listDialects(transaction, { tenantId, name });
    const isNew = before === undefined;
    const signs = DIALECT_PROOFS[name] === "jwt";
    const generated = signs && isNew && input.jwtSecret === undefined ? generateDialectSecret() : null;
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
    const tokens =
      DIALECT_PROOFS[name] === "tokens"
        ? await putCredentials(transaction, { tenantId, dialect: name, isNew, input, keyRing, now })
        : NO_TOKENS;
    const { available } = input;
    const profile = { tenantId, tenantNumber, profile: name, actor, keyRing, now };
    const isReleased =
      available !== undefined && available !== (before?.available ?? true)
        ? (await changeProfileSettings(transaction, { ...profile, change: { available } })).released
        : false;
    await registerEventTypes(transaction, { tenantId, names: EVENT_CATALOGUES[name], now });

    const [row] = await listDialects(transaction, { tenantId, name });
    if (row === undefined) throw new Error("A dialect that was just written is not there.");
    await appendAudit(transaction, {
      keyRing,
      tenantId,
      actor,
      action: "dialect.put",
      subject: `dialect:${name}`,
      before: before === undefined ? null : toAuditState(before),
      after: { ...toAuditState(row), secretChanged: secret !== null || hasTokens(input, tokens) },
      now,
    });
    return { dialect: toDialect(row), created: isNew, jwtSecret: generated, ...tokens, released: isReleased };
  });
  if (released) context.engine.wakeDispatch();
  return put;
}

const NO_TOKENS: GeneratedTokens = { authToken: null, workspaceAuthToken: null };

function hasTokens(input: DialectSettings, generated: GeneratedTokens): boolean {
  const tokens = [input.authTokens, input.workspaceAuthToken, generated.authToken, generated.workspaceAuthToken];
  return tokens.some((token) => token != null);
}

function toAuditState({ hosts, api_key: apiKey, workspace_id: workspaceId, available }: DialectRow): AuditState {
  return { hosts, apiKey, workspaceId, available };
}
