/** The acts on an endpoint of the contract: its attempts, its secret, and sending events again. */
import { listEndpointAttempts } from "../../core/attempts/list-endpoint-attempts.ts";
import type { CoreContext } from "../../core/context.ts";
import type { UserActor } from "../../core/access/actor.ts";
import type { Endpoint } from "../../core/endpoints/endpoint.ts";
import { resendToEndpoint } from "../../core/events/resend-to-endpoint.ts";
import { revealSecret } from "../../core/secrets/reveal-secret.ts";
import { replaceSecret } from "../../core/secrets/replace-secret.ts";
import { confirmPassword } from "../../core/users/confirm-password.ts";
import { findEndpoint } from "./find-endpoint.ts";
import { linkUrl } from "./link-url.ts";
import { readListQuery, toPageBody } from "./list-query.ts";
import { routeOf } from "./operations.ts";
import { parseBody } from "./read-body.ts";
import { foreignSecret, wrongPassword } from "./refusals.ts";
import { passwordSchema, resendBulkSchema, resendSchema } from "./schemas.ts";
import type { SelfCommunityApp, SelfCommunityServices } from "./selfcommunity-env.ts";
import { toAttemptAnswer, toEndpointAnswer } from "./translate.ts";

const ORDERS = { created_at: "ended_at", sent_at: "started_at", next_retry: "next_at" } as const;

export function registerActRoutes(app: SelfCommunityApp, { context, publicUrl }: SelfCommunityServices): void {
  app.get(routeOf("listAttempts"), async (c) => {
    const { actor, tenantId } = c.var;
    const endpoint = await findEndpoint(c, context);
    const query = readListQuery(new URL(c.req.url).searchParams, ORDERS);
    const page = await listEndpointAttempts({ context, actor, tenantId, endpointId: endpoint.id, input: query });
    const body = toPageBody(page, { url: linkUrl(c, publicUrl), ...query }, (sent) => toAttemptAnswer(endpoint, sent));
    return c.json(body, 200);
  });

  app.post(routeOf("expireSecret"), async (c) => {
    const { actor, tenantId } = c.var;
    const endpoint = await findEndpoint(c, context);
    requireOwnSecret(endpoint);
    await requirePassword(context, actor, parseBody(c, passwordSchema).password);
    await replaceSecret({ context, actor, tenantId, endpointId: endpoint.id });
    return c.json(toEndpointAnswer(await findEndpoint(c, context)), 200);
  });

  app.post(routeOf("revealSecret"), async (c) => {
    const { actor, tenantId } = c.var;
    const endpoint = await findEndpoint(c, context);
    requireOwnSecret(endpoint);
    await requirePassword(context, actor, parseBody(c, passwordSchema).password);
    const act = { context, actor, tenantId, endpointId: endpoint.id };
    const { secret } = await revealSecret({ ...act, input: {}, stepUp: "by_contract" });
    return c.json({ signing_secret: secret }, 201);
  });

  app.post(routeOf("resendEvent"), async (c) => {
    const { actor, tenantId } = c.var;
    const endpoint = await findEndpoint(c, context);
    const { event, password } = parseBody(c, resendSchema);
    await requirePassword(context, actor, password);
    await resendToEndpoint({ context, actor, tenantId, endpointId: endpoint.id, eventIds: [event] });
    return c.body(null, 204);
  });

  app.post(routeOf("resendEvents"), async (c) => {
    const { actor, tenantId } = c.var;
    const endpoint = await findEndpoint(c, context);
    const { event, password } = parseBody(c, resendBulkSchema);
    await requirePassword(context, actor, password);
    await resendToEndpoint({ context, actor, tenantId, endpointId: endpoint.id, eventIds: event });
    return c.body(null, 204);
  });
}

/** Throws `wrong_state` for an endpoint whose secret another contract shows. */
function requireOwnSecret({ profile }: Endpoint): void {
  if (profile !== "selfcommunity") throw foreignSecret(profile);
}

/** The contract asks for no password and checks one that is given. Throws `validation_failed`, `rate_limited`. */
async function requirePassword(context: CoreContext, actor: UserActor, password: string | undefined): Promise<void> {
  if (password === undefined) return;
  if (!(await confirmPassword({ context, actor, password }))) throw wrongPassword();
}
