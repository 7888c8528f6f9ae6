/** Endpoints of the contract: list, search, create, get, replace, change, delete; and whether a token is signed. */
import type { Context } from "hono";

import { readSignedClaims } from "../../core/dialects/dialect-secret.ts";
import { createEndpoint } from "../../core/endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../../core/endpoints/delete-endpoint.ts";
import { listEndpointsByOffset } from "../../core/endpoints/list-endpoints-by-offset.ts";
import { updateEndpoint } from "../../core/endpoints/update-endpoint.ts";
import { findEndpoint } from "./find-endpoint.ts";
import { linkUrl } from "./link-url.ts";
import { readListQuery, toPageBody } from "./list-query.ts";
import { routeOf } from "./operations.ts";
import { parseBody } from "./read-body.ts";
import { wrongCredentials } from "./refusals.ts";
import { endpointChangeSchema, endpointSchema, tokenSchema } from "./schemas.ts";
import type { SelfCommunityApp, SelfCommunityEnv, SelfCommunityServices } from "./selfcommunity-env.ts";
import { EVENT_TYPES, knownTypes, toCreateInput, toEndpointAnswer, toUpdateInput } from "./translate.ts";

const ORDERS = { created_at: "created_at", updated_at: "updated_at", is_active: "is_active" } as const;

/** Needs no caller: what is asked is only whether the token is signed with the community's secret. */
export function registerTokenRoutes(app: SelfCommunityApp, { context }: SelfCommunityServices): void {
  app.post(routeOf("verifyToken"), async (c) => {
    const { token } = parseBody(c, tokenSchema);
    const dialect = { tenantId: c.var.tenantId, name: "selfcommunity" } as const;
    if ((await readSignedClaims({ context, dialect, token })) === null) throw wrongCredentials();
    return c.json({}, 200);
  });
}

export function registerEndpointRoutes(app: SelfCommunityApp, services: SelfCommunityServices): void {
  const { context } = services;

  app.get(routeOf("listEventTypes"), (c) => c.json(EVENT_TYPES, 200));
  app.get(routeOf("listEndpoints"), (c) => answerList(c, services, {}));
  app.get(routeOf("searchEndpoints"), (c) => answerList(c, services, { urlPart: c.req.query("target") ?? "" }));

  app.post(routeOf("createEndpoint"), async (c) => {
    const { actor, tenantId } = c.var;
    const input = toCreateInput(parseBody(c, endpointSchema(knownTypes(null))));
    const { endpoint } = await createEndpoint({ context, actor, tenantId, input });
    return c.json(toEndpointAnswer(endpoint), 201);
  });

  app.get(routeOf("getEndpoint"), async (c) => c.json(toEndpointAnswer(await findEndpoint(c, context)), 200));

  app.put(routeOf("replaceEndpoint"), async (c) => answerUpdate(c, services, endpointSchema));
  app.patch(routeOf("changeEndpoint"), async (c) => answerUpdate(c, services, endpointChangeSchema));

  app.delete(routeOf("deleteEndpoint"), async (c) => {
    const { actor, tenantId } = c.var;
    const { id: endpointId } = await findEndpoint(c, context);
    await deleteEndpoint({ context, actor, tenantId, endpointId });
    return c.body(null, 204);
  });
}

/** Search takes no ordering: it shows the newest first. */
async function answerList(
  c: Context<SelfCommunityEnv>,
  { context, publicUrl }: SelfCommunityServices,
  filter: { readonly urlPart?: string },
): Promise<Response> {
  const { actor, tenantId } = c.var;
  const { searchParams } = new URL(c.req.url);
  const isSearch = filter.urlPart !== undefined;
  const query = readListQuery(searchParams, isSearch ? { created_at: ORDERS.created_at } : ORDERS);
  const input = isSearch ? { ...query, direction: "desc" as const, ...filter } : query;
  const page = await listEndpointsByOffset({ context, actor, tenantId, input });
  return c.json(toPageBody(page, { url: linkUrl(c, publicUrl), ...query }, toEndpointAnswer), 200);
}

async function answerUpdate(
  c: Context<SelfCommunityEnv>,
  { context }: SelfCommunityServices,
  toSchema: typeof endpointSchema | typeof endpointChangeSchema,
): Promise<Response> {
  const { actor, tenantId } = c.var;
  const endpoint = await findEndpoint(c, context);
  const input = toUpdateInput(parseBody(c, toSchema(knownTypes(endpoint))), endpoint);
  const updated = await updateEndpoint({ context, actor, tenantId, endpointId: endpoint.id, input });
  return c.json(toEndpointAnswer(updated), 200);
}
