/** Endpoints of the contract: list, create, get, update, delete; and who the caller is. */
import { describeCaller } from "../../core/access/describe-caller.ts";
import { type CreatedEndpoint, createEndpoint } from "../../core/endpoints/create-endpoint.ts";
import { deleteEndpoint } from "../../core/endpoints/delete-endpoint.ts";
import { newStanding } from "../../core/endpoints/endpoint-standing.ts";
import { getEndpointStanding } from "../../core/endpoints/get-endpoint-standing.ts";
import { listEndpointStandings } from "../../core/endpoints/list-endpoint-standings.ts";
import { updateEndpoint } from "../../core/endpoints/update-endpoint.ts";
import { requireHmacSecret } from "../../core/secrets/require-hmac-secret.ts";
import { TIER_ENDPOINTS_MAX } from "../../core/tenants/tier.ts";
import { keepAnswerOf } from "../../http/keep-answer.ts";
import { routeOf } from "./operations.ts";
import { parseBody, pathId } from "./read-input.ts";
import { createEndpointSchema, updateEndpointSchema } from "./schemas.ts";
import type { ThesignupApp, ThesignupServices } from "./thesignup-env.ts";
import { toCallerAnswer, toCreatedAnswer, toCreateInput, toEndpointAnswer, toUpdateInput } from "./translate.ts";

/** The contract pages nothing; no tier has more of its own. */
const LISTED_MAX = 100;

export function registerEndpointRoutes(app: ThesignupApp, { context }: ThesignupServices): void {
  app.get(routeOf("listEndpoints"), async (c) => {
    const { actor, tenant } = c.var;
    const standings = await listEndpointStandings({ context, actor, tenantId: tenant.id, limit: LISTED_MAX });
    const data = standings.map(toEndpointAnswer);
    return c.json({ data, webhooks: data }, 200);
  });

  app.post(routeOf("createEndpoint"), async (c) => {
    const { actor, tenant } = c.var;
    const given = toCreateInput(parseBody(c, createEndpointSchema));
    const input = { ...given, atMostOfProfile: TIER_ENDPOINTS_MAX[tenant.tier] };
    const keepAnswer = keepAnswerOf(c, 201, toAnswer);
    return c.json(toAnswer(await createEndpoint({ context, actor, tenantId: tenant.id, input, keepAnswer })), 201);
  });

  app.get(routeOf("getEndpoint"), async (c) => {
    const { actor, tenant } = c.var;
    const standing = await getEndpointStanding({ context, actor, tenantId: tenant.id, endpointId: pathId(c) });
    return c.json(toEndpointAnswer(standing), 200);
  });

  app.patch(routeOf("updateEndpoint"), async (c) => {
    const { actor, tenant } = c.var;
    const one = { context, actor, tenantId: tenant.id, endpointId: pathId(c) };
    const shown = await getEndpointStanding(one);
    const given = parseBody(c, updateEndpointSchema(new Set(toEndpointAnswer(shown).eventTypes)));
    await updateEndpoint({ ...one, input: toUpdateInput(given, shown.endpoint) });
    return c.json(toEndpointAnswer(await getEndpointStanding(one)), 200);
  });

  app.delete(routeOf("deleteEndpoint"), async (c) => {
    const { actor, tenant } = c.var;
    await deleteEndpoint({ context, actor, tenantId: tenant.id, endpointId: pathId(c) });
    return c.body(null, 204);
  });

  app.get(routeOf("getCaller"), async (c) => {
    return c.json(toCallerAnswer(await describeCaller({ context, actor: c.var.actor })), 200);
  });
}

function toAnswer({ endpoint, secret }: CreatedEndpoint) {
  return toCreatedAnswer({
    endpoint: toEndpointAnswer(newStanding(endpoint)),
    signingSecret: requireHmacSecret(secret),
  });
}
