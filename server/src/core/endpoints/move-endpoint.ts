/**
 * One step of pause, disable and resume: locks the endpoint, decides, and writes the new status with the routes that
 * belong to it. Part of the caller's transaction.
 */
import type { Queryable } from "../../db/database.ts";
import { lockEndpoint } from "../../db/queries/lock-endpoint.ts";
import { setEndpointStatus } from "../../db/queries/set-endpoint-status.ts";
import { CoreError } from "../errors/core-error.ts";
import { isHeld } from "../profile-settings/is-held.ts";
import { type Endpoint, toEndpoint } from "./endpoint.ts";
import { endpointNotFound } from "./endpoint-not-found.ts";
import { decideStatus, type StatusRequest } from "./endpoint-status.ts";
import { toEndpointRouteKeys } from "./route-keys.ts";

/** The endpoint before and after; the same object where it stood as asked. */
export interface MovedEndpoint {
  readonly before: Endpoint;
  readonly after: Endpoint;
}

/** Throws `not_found`, `endpoint_disabled`. */
export async function moveEndpoint(
  transaction: Queryable,
  input: {
    readonly tenantId: string;
    readonly endpointId: string;
    readonly request: StatusRequest;
    readonly now: Date;
  },
): Promise<MovedEndpoint> {
  const row = await lockEndpoint(transaction, input);
  if (row === null) throw endpointNotFound();
  const before = toEndpoint(row);
  const held = await isHeld(transaction, before);
  const move = decideStatus({ status: row.status, reason: row.status_reason }, input.request, held);
  switch (move.kind) {
    case "stay":
      return { before, after: before };
    case "refuse":
      throw new CoreError("endpoint_disabled", "This endpoint is disabled. Resume it first.");
    case "move": {
      const routeKeys = toEndpointRouteKeys({
        tenantNumber: row.tenant_number,
        profile: row.profile,
        eventTypes: row.event_types,
        listens: move.status !== "disabled" && !held,
      });
      const change = { id: row.id, status: move.status, statusReason: move.reason, routeKeys, now: input.now };
      return { before, after: toEndpoint(await setEndpointStatus(transaction, change)) };
    }
  }
}
