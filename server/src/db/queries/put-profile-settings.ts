/** Writes what a tenant sets for its endpoints of one profile. Call with the tenant's row locked (lock-tenant.ts). */
import type { Queryable, Statement } from "../database.ts";

const PUT_PROFILE_SETTINGS: Statement = {
  name: "put-profile-settings",
  text: `
    insert into profile_settings (tenant_id, profile, available, enabled, encode_data, encrypt_data, public_key,
      enable_data_protection, created_at, updated_at)
    values ($1::uuid, $2::text, $3::boolean, $4::boolean, $5::boolean, $6::boolean, $7::text, $8::boolean,
      $9::timestamptz, $9::timestamptz)
    on conflict (tenant_id, profile) do update
    set available = excluded.available, enabled = excluded.enabled, encode_data = excluded.encode_data,
      encrypt_data = excluded.encrypt_data, public_key = excluded.public_key,
      enable_data_protection = excluded.enable_data_protection, updated_at = excluded.updated_at`,
};

export async function putProfileSettings(
  transaction: Queryable,
  settings: {
    readonly tenantId: string;
    readonly profile: string;
    readonly available: boolean;
    readonly enabled: boolean | null;
    readonly encodeData: boolean;
    readonly encryptData: boolean;
    readonly publicKey: string;
    readonly enableDataProtection: boolean;
    readonly now: Date;
  },
): Promise<void> {
  await transaction.query(PUT_PROFILE_SETTINGS, [
    settings.tenantId,
    settings.profile,
    settings.available,
    settings.enabled,
    settings.encodeData,
    settings.encryptData,
    settings.publicKey,
    settings.enableDataProtection,
    settings.now,
  ]);
}
