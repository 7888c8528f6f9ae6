/** `/v1/sessions/current`: what a user does with the session that the call was made with. */
import { createRoute } from "@hono/zod-openapi";

import { logOut } from "../../../core/sessions/log-out.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { problems } from "../openapi.ts";

const logOutRoute = createRoute({
  method: "delete",
  path: "/v1/sessions/current",
  operationId: "logOut",
  tags: ["sessions"],
  summary: "Log out: every token of this session ends at once",
  responses: { 204: { description: "The session has ended" }, ...problems(401, 404) },
});

export function registerSessionRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(logOutRoute, async (c) => {
    await logOut({ context, actor: c.var.actor });
    return c.body(null, 204);
  });
}
