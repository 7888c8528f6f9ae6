/**
 * Begins a device login (RFC 8628, 3.1): a code for the program, one for the person. Whoever asks has proved nothing, so
 * how many can be pending is bounded, for each network and altogether. The codes are in this result and nowhere else.
 */
import { randomUUID } from "node:crypto";

import { insertDeviceLogin } from "../../db/queries/insert-device-login.ts";
import { lockDeviceLogins } from "../../db/queries/lock-device-logins.ts";
import { networkOf } from "../access/guess-limits.ts";
import { hashToken } from "../access/token-form.ts";
import { CoreError } from "../errors/core-error.ts";
import type { RequestOrigin } from "../sessions/session.ts";
import type { DeviceLoginContext } from "./device-login.ts";
import { type LoginClient, readAskedScopes } from "./login-clients.ts";
import { createDeviceCode, createUserCode, userCodeMac } from "./login-codes.ts";

export interface BegunDeviceLogin {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly expiresAt: Date;
  readonly expiresInSeconds: number;
  readonly intervalSeconds: number;
}

/** Long enough to find a password, short enough that a forgotten code is worth little. */
const EXPIRES_IN_SECONDS = 900;
const INTERVAL_SECONDS = 5;
/** An office behind one address may log in at once. */
const PENDING_OF_NETWORK_MAX = 20;
const PENDING_MAX = 10_000;
const RETRY_AFTER_SECONDS = 60;
/** Two pending logins have one code once in some millions; three times in a row is a fault. */
const CODE_TRIES = 3;

/** Throws `validation_failed` (`invalid_scope`), `rate_limited`, `overloaded`. */
export async function beginDeviceLogin({
  context: { database, clock, keyRing },
  origin,
  client,
  scope,
}: {
  readonly context: Omit<DeviceLoginContext, "passwordQueue">;
  readonly origin: RequestOrigin;
  readonly client: LoginClient;
  /** Names with spaces between them; empty: what the program means when it names none. */
  readonly scope: string;
}): Promise<BegunDeviceLogin> {
  const scopesAsked = readAskedScopes(client, scope);
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + EXPIRES_IN_SECONDS * 1000);
  const deviceCode = createDeviceCode();
  for (let tries = 0; tries < CODE_TRIES; tries += 1) {
    const userCode = createUserCode();
    const said = await database.transaction(async (transaction) => {
      await lockDeviceLogins(transaction);
      return insertDeviceLogin(transaction, {
        id: randomUUID(),
        deviceHash: hashToken(deviceCode),
        userCodeMac: userCodeMac(keyRing, userCode),
        clientId: client.id,
        scopesAsked,
        address: origin.address,
        network: networkOf(origin.address),
        now,
        expiresAt,
        intervalSeconds: INTERVAL_SECONDS,
        pendingMax: PENDING_MAX,
        pendingOfNetworkMax: PENDING_OF_NETWORK_MAX,
      });
    });
    switch (said) {
      case "added":
        return {
          deviceCode,
          userCode,
          expiresAt,
          expiresInSeconds: EXPIRES_IN_SECONDS,
          intervalSeconds: INTERVAL_SECONDS,
        };
      case "network_full":
        throw busy("rate_limited", "Too many logins of this address wait for somebody to approve them.");
      case "full":
        throw busy("overloaded", "Too many logins wait for somebody to approve them.");
      case "code_taken":
    }
  }
  throw new Error("every user code that was made is taken");
}

function busy(code: "rate_limited" | "overloaded", message: string): CoreError {
  return new CoreError(code, `${message} Try again in a minute.`, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
