/** A device login as core knows it: what a program asked for on one device, for somebody to decide on another. */
import type { DeviceLoginRow } from "../../db/queries/device-login-columns.ts";
import { isScope, type Scope } from "../access/scopes.ts";
import type { CoreContext } from "../context.ts";
import { DEVICE_LOGIN_STATES, type DeviceLoginState, type DeviceLoginTimes } from "./decide-device-login.ts";
import { getLoginClient, type LoginClient } from "./login-clients.ts";

export type DeviceLoginContext = Pick<CoreContext, "database" | "clock" | "keyRing" | "passwordQueue">;

export interface DeviceLogin extends DeviceLoginTimes {
  readonly id: string;
  readonly client: LoginClient;
  /** Names of the program's. */
  readonly scopesAsked: readonly string[];
  /** Where the program was when it asked. */
  readonly address: string | null;
  readonly createdAt: Date;
  /** Who approved it, what the program gets, and the mark of the password that the approval was given with. */
  readonly approval: {
    readonly userId: string;
    readonly scopes: readonly Scope[];
    readonly passwordMark: Uint8Array;
  } | null;
}

export function toDeviceLogin(row: DeviceLoginRow): DeviceLogin {
  const { user_id: userId, scopes, password_mark: passwordMark } = row;
  return {
    id: row.id,
    client: getLoginClient(row.client_id),
    scopesAsked: row.scopes_asked,
    address: row.address,
    state: toState(row.state),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    polledAt: row.polled_at,
    intervalSeconds: row.interval_seconds,
    approval:
      userId === null || scopes === null || passwordMark === null
        ? null
        : { userId, scopes: scopes.filter(isScope), passwordMark },
  };
}

function toState(text: string): DeviceLoginState {
  const state = DEVICE_LOGIN_STATES.find((candidate) => candidate === text);
  if (state === undefined) throw new Error(`a device login has the unknown state ${text}`);
  return state;
}
