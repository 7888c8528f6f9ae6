/** The columns of a device login as core reads it. */

export interface DeviceLoginRow {
  readonly id: string;
  readonly client_id: string;
  readonly scopes_asked: readonly string[];
  readonly address: string | null;
  readonly state: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly polled_at: Date | null;
  readonly interval_seconds: number;
  readonly user_id: string | null;
  readonly scopes: readonly string[] | null;
  readonly password_mark: Uint8Array | null;
}

export const DEVICE_LOGIN_COLUMNS =
  "id, client_id, scopes_asked, address, state, created_at, expires_at, polled_at, interval_seconds, user_id, scopes, " +
  "password_mark";
