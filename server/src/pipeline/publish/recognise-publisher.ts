/**
 * Who publishes into which tenant, without a round trip for each event: what tokens and tenant names mean is
 * remembered here, and the store statement checks in its own commit that key and tenant still stand. So an entry may be
 * old, but an event is never stored by it: the refusal drops the entry, and the next request reads anew.
 */
import { timingSafeEqual } from "node:crypto";

import { type Actor, requireScope } from "../../core/access/actor.ts";
import { hashToken } from "../../core/access/api-key-token.ts";
import { authenticate } from "../../core/access/authenticate.ts";
import type { CoreContext } from "../../core/context.ts";
import { CoreError } from "../../core/errors/core-error.ts";
import { findTenant } from "../../core/tenants/find-tenant.ts";

export interface Publisher {
  readonly tenantId: string;
  readonly tenantNumber: number;
  /** null: the root key, or a user who was recognised for this request. */
  readonly keyId: string | null;
}

/** Publishers at once; the oldest entries go first. */
const MAX_ENTRIES = 10_000;
/** The token is looked up anew this often, which also notes that the key was used. */
const ENTRY_LIFE_MS = 30_000;

interface Entry {
  readonly actor: Actor;
  readonly readAtMs: number;
}

export class PublisherDirectory {
  readonly #context: Pick<CoreContext, "database" | "clock">;
  readonly #rootKeyHash: Uint8Array;
  readonly #actors = new Map<string, Entry>();
  readonly #tenants = new Map<string, { readonly id: string; readonly number: number }>();

  constructor(context: Pick<CoreContext, "database" | "clock">, rootKeyHash: Uint8Array) {
    this.#context = context;
    this.#rootKeyHash = rootKeyHash;
  }

  /** Throws CoreError `unauthenticated`, `not_found` (unknown or another's tenant) or `scope_required`. */
  async recognise(input: {
    readonly token: string | null;
    readonly tenantReference: string;
    readonly address: string | null;
  }): Promise<Publisher> {
    const actor = await this.#findActor(input.token, input.address);
    const tenant = await this.#findTenant(input.tenantReference, actor);
    if (tenant === null) throw new CoreError("not_found", "There is no such tenant.");
    if (actor.kind === "root") return { tenantId: tenant.id, tenantNumber: tenant.number, keyId: null };
    if (actor.tenantId !== tenant.id) throw new CoreError("not_found", "There is no such tenant.");
    // The store statement checks what a key may do; nobody else's scopes are known there.
    if (actor.kind !== "api_key") requireScope(actor, tenant.id, "events:publish");
    return { tenantId: tenant.id, tenantNumber: tenant.number, keyId: actor.kind === "api_key" ? actor.keyId : null };
  }

  /** What was remembered of this caller proved old. */
  forget(input: { readonly token: string | null; readonly tenantReference: string }): void {
    if (input.token !== null) this.#actors.delete(hashToken(input.token).toString("base64"));
    this.#tenants.delete(input.tenantReference);
  }

  async #findActor(token: string | null, address: string | null): Promise<Actor> {
    if (token === null) return authenticate({ context: this.#context, rootKeyHash: this.#rootKeyHash, token, address });
    const hash = hashToken(token);
    const name = hash.toString("base64");
    const nowMs = this.#context.clock.nowMs();
    const known = this.#actors.get(name);
    if (known !== undefined && nowMs - known.readAtMs < ENTRY_LIFE_MS) return known.actor;
    if (timingSafeEqual(hash, this.#rootKeyHash)) return { kind: "root", address };
    const actor = await authenticate({ context: this.#context, rootKeyHash: this.#rootKeyHash, token, address });
    // The store statement knows keys, not sessions: a user is recognised anew for each request.
    if (actor.kind === "api_key") remember(this.#actors, name, { actor, readAtMs: nowMs });
    return actor;
  }

  /** A slug may have gone to another tenant: what is remembered of it counts only where the caller may publish there. */
  async #findTenant(reference: string, actor: Actor): Promise<{ id: string; number: number } | null> {
    const known = this.#tenants.get(reference);
    if (known !== undefined && (actor.kind === "root" || actor.tenantId === known.id)) return known;
    const tenant = await findTenant({ context: this.#context, reference });
    if (tenant === null) return null;
    const entry = { id: tenant.id, number: tenant.number };
    remember(this.#tenants, reference, entry);
    return entry;
  }
}

function remember<Value>(entries: Map<string, Value>, name: string, value: Value): void {
  entries.delete(name);
  entries.set(name, value);
  if (entries.size <= MAX_ENTRIES) return;
  const oldest = entries.keys().next().value;
  if (oldest !== undefined) entries.delete(oldest);
}
