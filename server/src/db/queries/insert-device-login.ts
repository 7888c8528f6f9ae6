/**
 * Begins a device login, if there is room: so many pending of one network, so many altogether. The caller holds the
 * lock under which they are counted.
 */
import type { Queryable, Statement } from "../database.ts";

export type DeviceLoginInsertion = "added" | "code_taken" | "network_full" | "full";

const INSERT_DEVICE_LOGIN: Statement = {
  name: "insert-device-login",
  text: `
    with pending as (
      select network from device_logins
      where state = 'pending' and expires_at > $8::timestamptz
      limit $10::integer
    ),
    room as (
      select
        (select count(*) from pending) >= $10::integer as full,
        (
          select count(*) from device_logins
          where state = 'pending' and expires_at > $8::timestamptz and network = $7::text
        ) >= $11::integer as network_full
    ),
    added as (
      insert into device_logins (
        id, device_hash, user_code_mac, client_id, scopes_asked, address, network, created_at, expires_at,
        interval_seconds
      )
      select $1::uuid, $2::bytea, $3::bytea, $4::text, $5::text[], $6::text, $7::text, $8::timestamptz,
        $9::timestamptz, $12::integer
      from room
      where not room.full and not room.network_full
      on conflict (user_code_mac) do nothing
      returning 1
    )
    select case
      when room.full then 'full'
      when room.network_full then 'network_full'
      when exists (select from added) then 'added'
      else 'code_taken'
    end as said
    from room`,
};

export async function insertDeviceLogin(
  transaction: Queryable,
  login: {
    readonly id: string;
    readonly deviceHash: Uint8Array;
    readonly userCodeMac: Uint8Array;
    readonly clientId: string;
    readonly scopesAsked: readonly string[];
    readonly address: string | null;
    readonly network: string;
    readonly now: Date;
    readonly expiresAt: Date;
    readonly intervalSeconds: number;
    readonly pendingMax: number;
    readonly pendingOfNetworkMax: number;
  },
): Promise<DeviceLoginInsertion> {
  const [row] = await transaction.query<{ said: DeviceLoginInsertion }>(INSERT_DEVICE_LOGIN, [
    login.id,
    login.deviceHash,
    login.userCodeMac,
    login.clientId,
    login.scopesAsked,
    login.address,
    login.network,
    login.now,
    login.expiresAt,
    login.pendingMax,
    login.pendingOfNetworkMax,
    login.intervalSeconds,
  ]);
  if (row === undefined) throw new Error("a device login was neither added nor refused");
  return row.said;
}
