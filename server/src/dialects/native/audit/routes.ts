/** `/v1/tenants/{t}/audit`: the log, newest first, and its head. */
import { createRoute } from "@hono/zod-openapi";

import { getAuditHead } from "../../../core/audit/get-audit-head.ts";
import { listAudit } from "../../../core/audit/list-audit.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { jsonAnswer, problems } from "../openapi.ts";
import { decodeCursor, toListAnswer } from "../pagination.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";
import { auditHeadSchema, auditListSchema, auditPositionSchema, listAuditQuerySchema } from "./schemas.ts";
import { toAuditHeadAnswer, toAuditRowAnswer } from "./translate.ts";

const listAuditRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/audit",
  operationId: "listAudit",
  tags: ["audit"],
  summary: "List what was done, newest first",
  request: { params: tenantPathSchema, query: listAuditQuerySchema },
  responses: { 200: jsonAnswer(auditListSchema, "A page of the audit log"), ...problems(400, 401, 403, 404) },
});

const getAuditHeadRoute = createRoute({
  method: "get",
  path: "/v1/tenants/{t}/audit/head",
  operationId: "getAuditHead",
  tags: ["audit"],
  summary: "Get the last row's number and mac: kept elsewhere, they prove later that nothing was cut",
  request: { params: tenantPathSchema },
  responses: { 200: jsonAnswer(auditHeadSchema, "The head of the log"), ...problems(401, 403, 404) },
});

export function registerAuditRoutes(app: NativeApp, { context }: NativeServices): void {
  app.openapi(listAuditRoute, async (c) => {
    const { cursor, ...filter } = c.req.valid("query");
    const after = decodeCursor(cursor, auditPositionSchema);
    const { actor, tenant } = c.var;
    const page = await listAudit({ context, actor, tenantId: tenant.id, input: { ...filter, after } });
    return c.json(toListAnswer(page, toAuditRowAnswer), 200);
  });

  app.openapi(getAuditHeadRoute, async (c) => {
    const { actor, tenant } = c.var;
    return c.json(toAuditHeadAnswer(await getAuditHead({ context, actor, tenantId: tenant.id })), 200);
  });
}
