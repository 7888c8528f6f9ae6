/** What a development server starts with: a tenant, its API key and a few event types. Made where it is missing. */
import { randomUUID } from "node:crypto";

import { hashToken, hintOfToken } from "../core/access/api-key-token.ts";
import { SCOPES } from "../core/access/scopes.ts";
import type { Actor } from "../core/access/actor.ts";
import { DEV_TENANT } from "../config.ts";
import type { CoreContext } from "../core/context.ts";
import { putEventType } from "../core/event-types/put-event-type.ts";
import { createTenant } from "../core/tenants/create-tenant.ts";
import { findTenant } from "../core/tenants/find-tenant.ts";
import { findApiKey } from "../db/queries/find-api-key.ts";
import { insertApiKey } from "../db/queries/insert-api-key.ts";

const EVENT_TYPES = [
  { name: "user.created", description: "A user signed up.", example: '{"id":"usr_1","email":"ada@example.com"}' },
  { name: "user.deleted", description: "A user was removed.", example: '{"id":"usr_1"}' },
  { name: "invoice.created", description: "An invoice was issued.", example: '{"id":"inv_1","amount":4200}' },
  { name: "invoice.paid", description: "An invoice was paid in full.", example: '{"id":"inv_1","amount":4200}' },
  { name: "invoice.voided", description: "An invoice was voided.", example: '{"id":"inv_1"}' },
  { name: "order.created", description: "An order was placed.", example: '{"id":"ord_1","items":2}' },
  { name: "order.shipped", description: "An order left the warehouse.", example: '{"id":"ord_1","carrier":"post"}' },
];

/** Resolves to the id of the tenant. */
export async function seedDev(context: CoreContext, apiKey: string): Promise<string> {
  const actor: Actor = { kind: "root", address: null };
  const tenant =
    (await findTenant({ context, reference: DEV_TENANT })) ??
    (await createTenant({ context, actor, input: { name: "Default", slug: DEV_TENANT } }));

  const now = context.clock.now();
  if ((await findApiKey(context.database, { hash: hashToken(apiKey), now })) === null) {
    // The key comes last: while it is missing, the next start makes what a start that was cut short did not.
    for (const input of EVENT_TYPES) await putEventType({ context, actor, tenantId: tenant.id, input });
    await insertApiKey(context.database, {
      id: randomUUID(),
      tenantId: tenant.id,
      name: "Development",
      hash: hashToken(apiKey),
      hint: hintOfToken(apiKey),
      scopes: [...SCOPES],
      expiresAt: null,
      now,
    });
  }
  return tenant.id;
}
