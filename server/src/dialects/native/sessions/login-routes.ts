/**
 * `POST /v1/sessions` and `/v1/sessions/refresh`: the two calls that ask for no credentials, since they make them. They
 * take no Idempotency-Key: an answer with tokens is not kept for anybody to ask for again.
 */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";

import { logIn } from "../../../core/sessions/log-in.ts";
import { refreshSession } from "../../../core/sessions/refresh-session.ts";
import type { RequestOrigin } from "../../../core/sessions/session.ts";
import { clientAddress } from "../../../http/client-address.ts";
import type { NativeApp, NativeEnv, NativeServices } from "../native-env.ts";
import { jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { readJsonBody } from "../read-json-body.ts";
import { logInSchema, openedSessionSchema, refreshSessionSchema, sessionPairSchema } from "./schemas.ts";
import { toOpenedSessionAnswer, toSessionPairAnswer } from "./translate.ts";

const WITHOUT_CREDENTIALS = { security: [] };

const logInRoute = createRoute({
  ...WITHOUT_CREDENTIALS,
  method: "post",
  path: "/v1/sessions",
  operationId: "logIn",
  tags: ["sessions"],
  summary: "Log in with a password: an access token for 15 minutes and a refresh token for 30 days",
  middleware: readJsonBody(),
  request: { body: jsonBody(logInSchema) },
  responses: {
    201: jsonAnswer(openedSessionSchema, "The session's tokens, shown here only"),
    ...problems(400, 401, 413, 415, 429),
  },
});

const refreshSessionRoute = createRoute({
  ...WITHOUT_CREDENTIALS,
  method: "post",
  path: "/v1/sessions/refresh",
  operationId: "refreshSession",
  tags: ["sessions"],
  summary: "Spend a refresh token for the next pair; a token that comes twice ends its session",
  middleware: readJsonBody(),
  request: { body: jsonBody(refreshSessionSchema) },
  responses: {
    200: jsonAnswer(sessionPairSchema, "The next tokens, shown here only"),
    ...problems(400, 401, 413, 415),
  },
});

/** To be registered before credentials are asked for. */
export function registerLoginRoutes(app: NativeApp, { context, trustedProxies }: NativeServices): void {
  const originOf = (c: Context<NativeEnv>): RequestOrigin => ({
    address: clientAddress({
      remoteAddress: c.env.incoming.socket.remoteAddress,
      forwardedFor: c.req.header("x-forwarded-for"),
      trustedProxies,
    }),
    requestId: c.var.requestId,
  });

  app.openapi(logInRoute, async (c) => {
    const opened = await logIn({ context, origin: originOf(c), input: c.req.valid("json") });
    return c.json(toOpenedSessionAnswer(opened), 201);
  });

  app.openapi(refreshSessionRoute, async (c) => {
    const { refreshToken } = c.req.valid("json");
    const pair = await refreshSession({ context, origin: originOf(c), refreshToken });
    return c.json(toSessionPairAnswer(pair), 200);
  });
}
