/**
 * The public keys that verify a tenant's deliveries, for whoever asks: receivers have no credentials here, and what is
 * listed protects nothing. A key is listed from the moment it is staged, before anything is signed with it, until the
 * moment it signs no more; so a receiver that follows the list knows each key in time.
 */
import { listPublicKeys as selectPublicKeys } from "../../db/queries/list-public-keys.ts";
import type { CoreContext } from "../context.ts";
import { CoreError } from "../errors/core-error.ts";

export interface PublicKey {
  /** The version's fingerprint, as its list shows it. */
  readonly fingerprint: string;
  /** The 32 bytes of an Ed25519 public key (RFC 8032). */
  readonly publicKey: Uint8Array;
}

/** A receiver tries each key for each request. One endpoint has at most twelve. */
const PUBLIC_KEYS_MAX = 1000;

/** Throws `limit_reached` where a tenant has too many keys to list them all: cut off, one would be missed in silence. */
export async function listPublicKeys({
  context,
  tenantId,
  endpointId,
}: {
  readonly context: Pick<CoreContext, "database" | "clock">;
  readonly tenantId: string;
  /** Of this endpoint alone; of all when null. */
  readonly endpointId: string | null;
}): Promise<PublicKey[]> {
  const of = { tenantId, endpointId, now: context.clock.now(), limit: PUBLIC_KEYS_MAX + 1 };
  const rows = await selectPublicKeys(context.database, of);
  if (rows.length > PUBLIC_KEYS_MAX) {
    const message = `The tenant has more than ${PUBLIC_KEYS_MAX} public keys. Ask for those of one endpoint: ?endpoint=ep_….`;
    throw new CoreError("limit_reached", message);
  }
  return rows.map((row) => ({ fingerprint: row.fingerprint, publicKey: row.public_key }));
}
