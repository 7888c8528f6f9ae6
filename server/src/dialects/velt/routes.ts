/** The operations of the contract: auth tokens and configuration of a workspace, its endpoints, and their secrets. */
import { showDialectTokens } from "../../core/dialects/show-dialect-tokens.ts";
import { createEndpoint } from "../../core/endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../../core/endpoints/delete-endpoint.ts";
import type { Endpoint } from "../../core/endpoints/endpoint.ts";
import { endpointNotFound } from "../../core/endpoints/endpoint-not-found.ts";
import { getEndpoint } from "../../core/endpoints/get-endpoint.ts";
import { listEndpointsBothWays } from "../../core/endpoints/list-endpoints-both-ways.ts";
import { updateEndpoint } from "../../core/endpoints/update-endpoint.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { updateProfileSettings } from "../../core/profile-settings/update-profile-settings.ts";
import { revealSecret } from "../../core/secrets/reveal-secret.ts";
import { fromIterator, toIterator } from "./iterator.ts";
import { type OperationId, operationOf } from "./operations.ts";
import { parseData } from "./read-data.ts";
import { foreignSecret, invalid, notConfigured, unknownApiKey } from "./refusals.ts";
import { apiKeySchema, configSchema, createSchema, endpointIdSchema, listSchema, updateSchema } from "./schemas.ts";
import {
  fromEndpointId,
  toConfigAnswer,
  toConfigInput,
  toCreateInput,
  toEndpointAnswer,
  toUpdateInput,
} from "./translate.ts";
import type { VeltApp, VeltContext, VeltServices } from "./velt-env.ts";

const LIMIT_DEFAULT = 50;

export function registerTokenRoutes(app: VeltApp, { context }: VeltServices): void {
  answerWith(app, "getAuthTokens", async (c) => {
    const { apiKey } = parseData(c, apiKeySchema);
    const { actor } = c.var;
    const tokens = await showDialectTokens({ context, actor, dialect: "velt", apiKey }).catch(refuseUnknownKey);
    return { apiKey, authTokens: tokens.map(({ token, name }) => ({ token, name, domains: [] })) };
  });
}

export function registerConfigRoutes(app: VeltApp, { context }: VeltServices): void {
  answerWith(app, "getConfig", async (c) => toConfigAnswer(c.var.settings));

  answerWith(app, "updateConfig", async (c) => {
    const { actor, data, settings } = c.var;
    // A state before an argument: whatever else the first call holds, it must switch them on.
    if (settings.enabled === null && data["isEnabled"] !== true) throw notConfigured();
    const config = parseData(c, configSchema);
    if (Object.keys(config).length === 0) throw invalid(NOTHING_TO_SET);
    const { tenantId } = actor;
    const input = toConfigInput(config);
    return toConfigAnswer(await updateProfileSettings({ context, actor, tenantId, profile: "velt", input }));
  });
}

const NOTHING_TO_SET =
  "At least one of isEnabled, encryptData, encodeData, publicKey or enableDataProtection must be provided.";

export function registerEndpointRoutes(app: VeltApp, services: VeltServices): void {
  const { context } = services;

  answerWith(app, "createEndpoint", async (c) => {
    const { actor } = c.var;
    const input = toCreateInput(parseData(c, createSchema));
    const { endpoint } = await createEndpoint({ context, actor, tenantId: actor.tenantId, input });
    return toEndpointAnswer(endpoint);
  });

  answerWith(app, "listEndpoints", async (c) => {
    const { actor } = c.var;
    const { limit = LIMIT_DEFAULT, iterator } = parseData(c, listSchema);
    const input = { limit, position: fromIterator(iterator) };
    const page = await listEndpointsBothWays({ context, actor, tenantId: actor.tenantId, input });
    return {
      endpoints: page.endpoints.map(toEndpointAnswer),
      iterator: toIterator(page.next),
      prevIterator: toIterator(page.previous),
      done: page.next === null,
    };
  });

  answerWith(app, "updateEndpoint", async (c) => {
    const { actor } = c.var;
    const { endpointId, ...data } = parseData(c, updateSchema);
    const endpoint = await findEndpoint(c, services, endpointId);
    const act = { context, actor, tenantId: actor.tenantId, endpointId: endpoint.id };
    return toEndpointAnswer(await updateEndpoint({ ...act, input: toUpdateInput(data, endpoint) }));
  });

  answerWith(app, "deleteEndpoint", async (c) => {
    const { actor } = c.var;
    const { endpointId } = parseData(c, endpointIdSchema);
    const { id } = await findEndpoint(c, services, endpointId);
    await deleteEndpoint({ context, actor, tenantId: actor.tenantId, endpointId: id });
    return { endpointId, deleted: true };
  });

  answerWith(app, "getSecret", async (c) => {
    const { actor } = c.var;
    const { endpointId } = parseData(c, endpointIdSchema);
    const { id, profile } = await findEndpoint(c, services, endpointId);
    if (profile !== "velt") throw foreignSecret(profile);
    const act = { context, actor, tenantId: actor.tenantId, endpointId: id };
    const { secret } = await revealSecret({ ...act, input: {}, stepUp: "by_contract" });
    return { endpointId, secret };
  });
}

/** Every success has the same envelope. */
function answerWith(app: VeltApp, id: OperationId, handle: (c: VeltContext) => Promise<object>): void {
  const { path, success } = operationOf(id);
  app.post(path, async (c) => {
    const data = await handle(c);
    return c.json({ result: { status: "success", message: success, data } }, 200);
  });
}

/** The endpoint of an id of the contract. Throws `not_found`, also for what is no id. */
async function findEndpoint(c: VeltContext, { context }: VeltServices, id: string): Promise<Endpoint> {
  const endpointId = fromEndpointId(id);
  if (endpointId === null) throw endpointNotFound();
  const { actor } = c.var;
  return getEndpoint({ context, actor, tenantId: actor.tenantId, endpointId });
}

function refuseUnknownKey(error: unknown): never {
  throw error instanceof CoreError && error.code === "not_found" ? unknownApiKey() : error;
}
