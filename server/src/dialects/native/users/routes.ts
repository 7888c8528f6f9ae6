/** `/v1/tenants/{t}/users`: create, list, update, revoke. */
import { createRoute } from "@hono/zod-openapi";

import { createUser } from "../../../core/users/create-user.ts";
import { listUsers } from "../../../core/users/list-users.ts";
import { revokeUser } from "../../../core/users/revoke-user.ts";
import { updateUser } from "../../../core/users/update-user.ts";
import { keepAnswerOf } from "../../../http/keep-answer.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { idempotencyHeaders, jsonAnswer, jsonBody, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import {
  createUserSchema,
  listUsersQuerySchema,
  updateUserSchema,
  userListSchema,
  userPathSchema,
  userPositionSchema,
  userSchema,
} from "./schemas.ts";
import { toUserAnswer } from "./translate.ts";

const createUserRoute = createRoute({
  method: "post",
  path: "/v1/tenants/{t}/users",
  operationId: "createUser",
  tags: ["users"],
  summary: "Create a user; without a password the user cannot log in yet",
  request: { params: tenantPathSchema, headers: idempotencyHeaders, body: jsonBody(createUserSchema) },
  responses: {
    201: jsonAnswer(userSchema, "The new user"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429),
  },
});

const listUsersRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/users",
  operationId: "listUsers",
  tags: ["users"],
  summary: "List users who are not revoked, newest first",
  request: { params: tenantPathSchema, query: listUsersQuerySchema },
  responses: { 200: jsonAnswer(userListSchema, "A page of users"), ...problems(400, 401, 403, 404) },
});

const updateUserRoute = createRoute({
  method: "patch",
  path: "/v1/tenants/{t}/users/{u}",
  operationId: "updateUser",
  tags: ["users"],
  summary: "Change a user's name, role or number, disable or enable the user, set a password",
  request: { params: userPathSchema, body: jsonBody(updateUserSchema) },
  responses: {
    200: jsonAnswer(userSchema, "The user as it is now"),
    ...problems(400, 401, 403, 404, 409, 413, 415, 429),
  },
});

const revokeUserRoute = createRoute({
  method: "delete",
  path: "/v1/tenants/{t}/users/{u}",
  operationId: "revokeUser",
  tags: ["users"],
  summary: "Revoke a user for good: all sessions end at once",
  request: { params: userPathSchema },
  responses: { 204: { description: "The user is revoked" }, ...problems(401, 403, 404) },
});

export function registerUserRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(createUserRoute, async (c) => {
    const { actor, tenant } = c.var;
    const keepAnswer = keepAnswerOf(c, 201, toUserAnswer);
    const user = await createUser({ context, actor, tenantId: tenant.id, input: c.req.valid("json"), keepAnswer });
    return c.json(toUserAnswer(user), 201);
  });

  app.openapi(listUsersRoute, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = decodeCursor(cursor, userPositionSchema);
    const { actor, tenant } = c.var;
    const page = await listUsers({ context, actor, tenantId: tenant.id, input: { after, limit } });
    return c.json(toListAnswer(page, toUserAnswer), 200);
  });

  app.openapi(updateUserRoute, async (c) => {
    const { actor, tenant } = c.var;
    const userId = requireUuid("usr", c.req.valid("param").u);
    const user = await updateUser({ context, actor, tenantId: tenant.id, userId, input: c.req.valid("json") });
    return c.json(toUserAnswer(user), 200);
  });

  app.openapi(revokeUserRoute, async (c) => {
    const { actor, tenant } = c.var;
    await revokeUser({ context, actor, tenantId: tenant.id, userId: requireUuid("usr", c.req.valid("param").u) });
    return c.body(null, 204);
  });
}
