/**
 * What a tenant sets for all its endpoints of one profile: whether deliveries are made to them at all, and how their
 * payloads are sealed. A contract that knows such settings asks for them; the profile's own rules are its data.
 */
import type { ProfileSettingsRow } from "../../db/queries/select-profile-settings.ts";

export interface ProfileSettings {
  /** Whether the tenant may use the profile; the operator says. */
  readonly available: boolean;
  /** Null until it was set for the first time. */
  readonly enabled: boolean | null;
  readonly encodeData: boolean;
  readonly encryptData: boolean;
  /** An RSA key, DER in base64; empty: none. */
  readonly publicKey: string;
  /** Kept for its owner; it changes nothing. */
  readonly enableDataProtection: boolean;
}

export const NEVER_SET: ProfileSettings = {
  available: true,
  enabled: null,
  encodeData: false,
  encryptData: false,
  publicKey: "",
  enableDataProtection: false,
};

export function toProfileSettings(row: ProfileSettingsRow | null): ProfileSettings {
  if (row === null) return NEVER_SET;
  return {
    available: row.available,
    enabled: row.enabled,
    encodeData: row.encode_data,
    encryptData: row.encrypt_data,
    publicKey: row.public_key,
    enableDataProtection: row.enable_data_protection,
  };
}

/** Whether endpoints of the profile are held: none gets a delivery, and what waits stays. */
export function holdsEndpoints({ available, enabled }: ProfileSettings): boolean {
  return !available || enabled === false;
}
