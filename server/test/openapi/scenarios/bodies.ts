/** A body that passes the schema, by operation id; a route that is not named here takes `{}`. */
import { accessBodies } from "./access.ts";
import { apiKeyBodies } from "./api-keys.ts";
import { deliveryBodies } from "./deliveries.ts";
import { endpointBodies } from "./endpoints.ts";
import { publishBodies } from "./publish.ts";
import { secretBodies } from "./secrets.ts";
import { tenantBodies } from "./tenants.ts";

export const BODIES: Readonly<Record<string, object>> = {
  ...tenantBodies,
  ...apiKeyBodies,
  ...accessBodies,
  ...publishBodies,
  ...endpointBodies,
  ...secretBodies,
  ...deliveryBodies,
};
