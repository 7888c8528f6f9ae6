/**
 * `GET /v1/tenants/{t}/jwks`: the tenant's Ed25519 public keys as a JWK Set (RFC 7517, RFC 8037), for receivers, who
 * have no credentials here. It may be kept for five minutes; who stages a key waits as long before it is activated, or
 * gives the old one an overlap, and no receiver that follows misses anything.
 */
import { createRoute, z } from "@hono/zod-openapi";

import { CoreError } from "../../../core/errors/core-error.ts";
import { listPublicKeys, type PublicKey } from "../../../core/secrets/list-public-keys.ts";
import { findTenant } from "../../../core/tenants/find-tenant.ts";
import type { NativeApp, NativeServices } from "../native-env.ts";
import { problems } from "../openapi.ts";
import { requireUuid } from "../path-ids.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const MEDIA_TYPE = "application/jwk-set+json";

const CACHE_SECONDS = 300;

const jwkSetSchema = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal("OKP"),
        crv: z.literal("Ed25519"),
        alg: z.literal("EdDSA"),
        use: z.literal("sig"),
        kid: z.string().openapi({ description: "The version's fingerprint.", example: "3f9a1c0b77de" }),
        x: z.string().openapi({ description: "The public key, in base64url." }),
      }),
    ),
  })
  .openapi("JwkSet");

const jwksRoute = createRoute({
  security: [],
  method: "get",
  path: "/v1/tenants/{t}/jwks",
  operationId: "listPublicKeys",
  tags: ["secrets"],
  summary: "The Ed25519 public keys that verify the tenant's deliveries; needs no credentials",
  request: {
    params: tenantPathSchema,
    query: z.strictObject({
      endpoint: z.string().optional().openapi({ description: "The id of an endpoint: its keys alone." }),
    }),
  },
  responses: {
    200: {
      description: `Staged, active and retiring keys. To be kept for at most ${CACHE_SECONDS} seconds`,
      content: { [MEDIA_TYPE]: { schema: jwkSetSchema } },
    },
    ...problems(400, 404, 409),
  },
});

/** To be registered before credentials are asked for. */
export function registerJwksRoute(app: NativeApp, { context }: NativeServices): void {
  app.openapi(jwksRoute, async (c) => {
    const { endpoint } = c.req.valid("query");
    const tenant = await findTenant({ context, reference: c.req.valid("param").t });
    if (tenant === null) throw new CoreError("not_found", "There is no such tenant.");
    const endpointId = endpoint === undefined ? null : requireUuid("ep", endpoint);
    const keys = await listPublicKeys({ context, tenantId: tenant.id, endpointId });
    c.header("cache-control", `public, max-age=${CACHE_SECONDS}`);
    return c.json({ keys: keys.map(toJwk) }, 200, { "content-type": MEDIA_TYPE });
  });
}

function toJwk({ fingerprint, publicKey }: PublicKey): z.infer<typeof jwkSetSchema>["keys"][number] {
  const x = Buffer.from(publicKey).toString("base64url");
  return { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: fingerprint, x };
}
