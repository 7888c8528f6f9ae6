/**
 * Writes what a tenant sets for its endpoints of one profile and carries it to each of them, in one commit: their
 * versions rise, so that every node seals by it from the next event on; switched off they are held, and listen to
 * nothing; on again they are what they were, and what waited goes out. Part of a transaction that holds the tenant.
 */
import { createHash } from "node:crypto";

import type { Queryable } from "../../db/database.ts";
import { clearHealth } from "../../db/queries/clear-health.ts";
import {
  listProfileEndpointIds,
  lockProfileEndpoints,
  type ProfileEndpointRow,
  writeProfileEndpoints,
} from "../../db/queries/profile-endpoints.ts";
import { putProfileSettings } from "../../db/queries/put-profile-settings.ts";
import { releaseLanes } from "../../db/queries/release-lanes.ts";
import { selectProfileSettings } from "../../db/queries/select-profile-settings.ts";
import type { Actor } from "../access/actor.ts";
import { appendAudit } from "../audit/append-audit.ts";
import type { AuditState } from "../audit/audit-row.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { EndpointProfile } from "../endpoints/endpoint.ts";
import { decideHold } from "../endpoints/endpoint-status.ts";
import { toEndpointRouteKeys } from "../endpoints/route-keys.ts";
import { holdsEndpoints, type ProfileSettings, toProfileSettings } from "./profile-settings.ts";

export interface ChangedProfileSettings {
  readonly settings: ProfileSettings;
  /** Endpoints came back, so what waited of them may be claimed. */
  readonly released: boolean;
}

export async function changeProfileSettings(
  transaction: Queryable,
  input: {
    readonly tenantId: string;
    readonly tenantNumber: number;
    readonly profile: EndpointProfile;
    readonly change: Partial<ProfileSettings>;
    readonly actor: Actor;
    readonly keyRing: KeyRing;
    readonly now: Date;
  },
): Promise<ChangedProfileSettings> {
  const { tenantId, tenantNumber, profile, actor, keyRing, now } = input;
  const owner = { tenantId, profile };
  const before = toProfileSettings(await selectProfileSettings(transaction, owner));
  const after = { ...before, ...input.change };
  await putProfileSettings(transaction, { ...owner, ...after, now });

  const held = holdsEndpoints(after);
  const released = holdsEndpoints(before) && !held;
  if (released) {
    // Lanes before health before endpoints: the order in which recording takes them. All of them, since one that is
    // paused may become held in this moment; the next claim parks the lanes of those that stay so.
    const endpointIds = await listProfileEndpointIds(transaction, owner);
    await releaseLanes(transaction, { endpointIds, now });
    await clearHealth(transaction, endpointIds);
  }
  const endpoints = await lockProfileEndpoints(transaction, owner);
  const moved = endpoints.map((row) => moveByHold(row, { tenantNumber, profile, held }));
  await writeProfileEndpoints(transaction, moved, now);
  await appendAudit(transaction, {
    keyRing,
    tenantId,
    actor,
    action: "profile.set",
    subject: `profile:${profile}`,
    before: toAuditState(before),
    after: toAuditState(after),
    now,
  });
  return { settings: after, released };
}

function moveByHold(
  row: ProfileEndpointRow,
  by: { readonly tenantNumber: number; readonly profile: EndpointProfile; readonly held: boolean },
): Parameters<typeof writeProfileEndpoints>[1][number] {
  const { tenantNumber, profile, held } = by;
  const { status, reason } = decideHold({ status: row.status, reason: row.status_reason }, held);
  const listens = status !== "disabled" && !held;
  const routeKeys = toEndpointRouteKeys({ tenantNumber, profile, eventTypes: row.event_types, listens });
  return { id: row.id, status, statusReason: reason, routeKeys };
}

/** A public key is no secret, only long: its hash tells one from another. */
function toAuditState({ publicKey, ...rest }: ProfileSettings): AuditState {
  const sha256 = publicKey === "" ? null : createHash("sha256").update(publicKey).digest("hex");
  return { ...rest, publicKeySha256: sha256 };
}
