/** Endpoints between the core and the wire. Inputs have the same shape on both sides. */
import type { z } from "@hono/zod-openapi";

import type { CreatedEndpoint } from "../../../core/endpoints/create-endpoint.ts";
import type { Endpoint } from "../../../core/endpoints/endpoint.ts";
import { toUuidId } from "../../../core/ids/public-id.ts";
import type { createdEndpointSchema, endpointSchema } from "./schemas.ts";

export function toEndpointAnswer(endpoint: Endpoint): z.infer<typeof endpointSchema> {
  return {
    id: toUuidId("ep", endpoint.id),
    url: endpoint.url,
    description: endpoint.description,
    status: endpoint.status,
    statusReason: endpoint.statusReason,
    eventTypes: endpoint.eventTypes?.map((filter) => filter.pattern) ?? null,
    channels: endpoint.channels === null ? null : [...endpoint.channels],
    profile: endpoint.profile,
    envelope: endpoint.envelope,
    signature: endpoint.signature,
    headers: { ...endpoint.headers },
    rateLimitPerSecond: endpoint.rateLimitPerSecond,
    maxInFlight: endpoint.maxInFlight,
    timeoutMs: endpoint.timeoutMs,
    retryWaits: endpoint.retryWaits === null ? null : [...endpoint.retryWaits],
    verifyTls: endpoint.verifyTls,
    metadata: { ...endpoint.metadata },
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

export function toCreatedEndpointAnswer(created: CreatedEndpoint): z.infer<typeof createdEndpointSchema> {
  return { ...toEndpointAnswer(created.endpoint), secret: created.secret, publicKey: created.publicKey };
}
