/** The columns of a user as core reads it. The password's hash goes no further than core. */

export interface UserRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly number: number;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly password_hash: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly last_login_at: Date | null;
  readonly disabled_at: Date | null;
}

export const USER_COLUMNS =
  "id, tenant_id, number, email, name, role, password_hash, created_at, updated_at, last_login_at, disabled_at";
