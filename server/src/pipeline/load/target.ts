/** What the engine knows of an endpoint to deliver to it: settings, and its live secrets opened. Never logged. */
import type { KeyObject } from "node:crypto";

import type { LoadedEndpointRow } from "../../db/queries/load-endpoints.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { SealSettings } from "../../profiles/seal-payload.ts";

export interface Target {
  readonly endpointId: string;
  readonly tenantId: string;
  readonly version: number;
  readonly status: "active" | "paused" | "disabled" | "deleted";
  /** Without user information. */
  readonly url: string;
  /** The value of the Authorization header that the URL's user information makes, or null. */
  readonly authorization: string | null;
  readonly profile: Profile;
  readonly envelope: LoadedEndpointRow["envelope"];
  /** How payloads are sealed, where the tenant has set it for the profile. */
  readonly seal: SealSettings | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Newest first. */
  readonly secrets: readonly SigningSecret[];
  readonly timeoutMs: number | null;
  /** Seconds, or null for the profile's. */
  readonly retryWaits: readonly number[] | null;
  readonly verifyTls: boolean;
}

export interface SigningSecret {
  readonly number: number;
  readonly scheme: "hmac-sha256" | "ed25519";
  /** A key object: making an HMAC from raw bytes costs five times as much. Of Ed25519 the private key. */
  readonly key: KeyObject;
  /** Signs until just before this time; null: no end. */
  readonly endsAtMs: number | null;
}
