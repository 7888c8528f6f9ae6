/** Reads what a tenant has set for its endpoints of one profile. */
import type { Queryable, Statement } from "../database.ts";

export interface ProfileSettingsRow {
  readonly available: boolean;
  readonly enabled: boolean | null;
  readonly encode_data: boolean;
  readonly encrypt_data: boolean;
  readonly public_key: string;
  readonly enable_data_protection: boolean;
}

const SELECT_PROFILE_SETTINGS: Statement = {
  name: "select-profile-settings",
  text: `
    select available, enabled, encode_data, encrypt_data, public_key, enable_data_protection
    from profile_settings
    where tenant_id = $1::uuid and profile = $2::text`,
};

/** Null when nothing was ever set. */
export async function selectProfileSettings(
  database: Queryable,
  by: { readonly tenantId: string; readonly profile: string },
): Promise<ProfileSettingsRow | null> {
  const rows = await database.query<ProfileSettingsRow>(SELECT_PROFILE_SETTINGS, [by.tenantId, by.profile]);
  return rows[0] ?? null;
}
