/**
 * The load stage: finds the endpoint that a delivery goes to, as it is now or at least as new as the delivery's lease
 * knew it. Entries are kept by (endpoint, version): one can be missing, never stale. A delivery that was held for
 * more than 100 ms asks for the version again, so that a change counts from the next event on.
 */
import { type Database, DatabaseError } from "../../db/database.ts";
import { findEndpointVersions } from "../../db/queries/find-endpoint-versions.ts";
import { loadEndpoints } from "../../db/queries/load-endpoints.ts";
import type { HeldDelivery } from "../held-delivery.ts";
import { coalesceLookups } from "./coalesce-lookups.ts";
import type { Target } from "./target.ts";

export type LoadedTarget =
  | { readonly kind: "ready"; readonly target: Target }
  /** Its secrets or headers are sealed with a key that is not in the ring. */
  | { readonly kind: "key_unavailable"; readonly keyId: string }
  | { readonly kind: "gone" };

/** What was read of one endpoint: `unreadable` cannot be opened or understood. */
export type OpenedTarget = LoadedTarget | { readonly kind: "unreadable"; readonly error: unknown };

export interface TargetLoaderSettings {
  readonly database: Database;
  /** Opens what is sealed. Never throws for one endpoint what would keep the others from being loaded. */
  readonly open: (loaded: Awaited<ReturnType<typeof loadEndpoints>>) => ReadonlyMap<string, OpenedTarget>;
}

const MAX_ENTRIES = 10_000;
const FRESH_MS = 100;

export class TargetLoader {
  readonly #entries = new Map<string, Target>();
  readonly #load: (endpointId: string) => Promise<OpenedTarget | undefined>;
  readonly #findVersion: (endpointId: string) => Promise<number | undefined>;

  constructor({ database, open }: TargetLoaderSettings) {
    this.#load = coalesceLookups(async (ids) => open(await loadEndpoints(database, ids)));
    this.#findVersion = coalesceLookups(async (ids) => {
      const rows = await findEndpointVersions(database, ids);
      return new Map(rows.map((row) => [row.id, row.version]));
    });
  }

  /**
   * The answer at once where it is at hand and fresh, which is the usual case. Throws DatabaseError, and what was wrong
   * with an endpoint that cannot be read.
   */
  find(delivery: HeldDelivery): LoadedTarget | Promise<LoadedTarget> {
    const held = performance.now() - delivery.heldSince;
    if (held > FRESH_MS) return this.#findFresh(delivery);
    return this.#findAtLeast(delivery.endpointId, delivery.version);
  }

  /** The endpoint's status as it is now; as it was known where the database does not answer: the attempt happened. */
  async findStatus(target: Target): Promise<Target["status"]> {
    try {
      const version = await this.#findVersion(target.endpointId);
      if (version === undefined) return "deleted";
      const loaded = await this.#findAtLeast(target.endpointId, version);
      return loaded.kind === "ready" ? loaded.target.status : target.status;
    } catch (error) {
      if (error instanceof DatabaseError) return target.status;
      throw error;
    }
  }

  #findAtLeast(endpointId: string, version: number): LoadedTarget | Promise<LoadedTarget> {
    const known = this.#entries.get(endpointId);
    if (known !== undefined && known.version >= version) return { kind: "ready", target: known };
    return this.#read(endpointId);
  }

  async #findFresh(delivery: HeldDelivery): Promise<LoadedTarget> {
    const version = await this.#findVersion(delivery.endpointId);
    if (version === undefined) return { kind: "gone" };
    return this.#findAtLeast(delivery.endpointId, version);
  }

  async #read(endpointId: string): Promise<LoadedTarget> {
    const loaded = (await this.#load(endpointId)) ?? { kind: "gone" };
    if (loaded.kind === "unreadable") throw loaded.error;
    if (loaded.kind !== "ready") {
      this.#entries.delete(endpointId);
      return loaded;
    }
    this.#entries.delete(endpointId);
    this.#entries.set(endpointId, loaded.target);
    if (this.#entries.size > MAX_ENTRIES) {
      const oldest = this.#entries.keys().next().value;
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return loaded;
  }
}
