/**
 * Turns host names into addresses: the hosts file and `localhost` first, then name servers over c-ares.
 *
 * Never `dns.lookup`: it takes a thread of a pool of four for each name, so a handful of names with dead
 * name servers would hold up everyone. Here a dead name costs only those who ask for it: one flight a name,
 * its failure remembered for a few seconds. Answers are kept for their TTL, at most 30 s.
 */
import { Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

import { readHostsFile } from "./read-hosts-file.ts";

export type Resolution =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly code: "dns_not_found" | "dns_timeout"; readonly detail: string };

export interface NameResolverOptions {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** `address` or `address:port`; without it those of the machine. */
  readonly nameServers?: readonly string[] | undefined;
  readonly hostsFile?: string | undefined;
}

interface CachedResolution {
  readonly resolution: Resolution;
  readonly expiresAtMs: number;
}

interface FamilyAnswer {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
  /** What went wrong, unless the name simply has no address of this family. */
  readonly failure: string | null;
}

/** Two tries of 2 s outlast one lost packet and stay well inside the shortest usual delivery timeout of 10 s. */
const QUERY_TIMEOUT_MS = 2_000;
const QUERY_TRIES = 2;
/** Short enough that a receiver's move to a new address takes effect before people wonder. */
const MAX_TTL_MS = 30_000;
const FAILURE_TTL_MS = 5_000;
const HOSTS_FILE_TTL_MS = 5_000;
/** Once one family has answered, the other gets this long (RFC 8305 section 3 knows the same wait). */
const SECOND_FAMILY_GRACE_MS = 250;
/** About 3 MB of names; beyond it the oldest entry goes. */
const MAX_CACHED_NAMES = 10_000;

const LOOPBACK = ["127.0.0.1", "::1"] as const;
const NO_SUCH_NAME = new Set(["ENOTFOUND", "ENODATA", "EBADNAME", "ENONAME"]);

export class NameResolver implements Disposable {
  readonly #nowMs: () => number;
  readonly #resolver: Resolver;
  readonly #hostsFile: string;
  readonly #cache = new Map<string, CachedResolution>();
  readonly #flights = new Map<string, Promise<Resolution>>();
  #hosts: { names: Promise<Map<string, string[]>>; expiresAtMs: number } | null = null;

  constructor(options: NameResolverOptions) {
    this.#nowMs = options.nowMs;
    this.#hostsFile = options.hostsFile ?? "/etc/hosts";
    this.#resolver = new Resolver({
      timeout: QUERY_TIMEOUT_MS,
      tries: QUERY_TRIES,
      maxTimeout: QUERY_TIMEOUT_MS,
    });
    if (options.nameServers !== undefined) this.#resolver.setServers(options.nameServers);
  }

  /** All IPv4 and IPv6 addresses of a name. Never throws; ends within about 4 s for each name server asked. */
  async resolve(name: string): Promise<Resolution> {
    const key = name.toLowerCase().replace(/\.$/, "");
    const local = (await this.#readHosts()).get(key);
    if (local !== undefined) return { ok: true, addresses: local };
    // RFC 6761 section 6.3: these names are loopback and are never asked of a name server.
    if (key === "localhost" || key.endsWith(".localhost")) return { ok: true, addresses: LOOPBACK };

    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.expiresAtMs > this.#nowMs()) return cached.resolution;
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = this.#fly(key).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  [Symbol.dispose](): void {
    this.#resolver.cancel();
  }

  async #fly(name: string): Promise<Resolution> {
    const answers = await this.#askBothFamilies(name);
    const addresses = answers.flatMap((answer) => answer.addresses);
    const failure = answers.find((answer) => answer.failure !== null)?.failure;
    const resolution: Resolution =
      addresses.length > 0
        ? { ok: true, addresses }
        : failure !== undefined && failure !== null
          ? { ok: false, code: "dns_timeout", detail: `No name server gave a usable answer for ${name} (${failure}).` }
          : { ok: false, code: "dns_not_found", detail: `The name ${name} has no address.` };
    const ttlMs = resolution.ok ? Math.min(MAX_TTL_MS, ...answers.map((answer) => answer.ttlMs)) : FAILURE_TTL_MS;
    this.#remember(name, resolution, ttlMs);
    return resolution;
  }

  async #askBothFamilies(name: string): Promise<readonly FamilyAnswer[]> {
    const queries = [
      ask(() => this.#resolver.resolve4(name, { ttl: true })),
      ask(() => this.#resolver.resolve6(name, { ttl: true })),
    ];
    const both = Promise.all(queries);
    const first = await Promise.race(queries);
    if (first.addresses.length === 0) return both;
    using grace = new GracePeriod(SECOND_FAMILY_GRACE_MS);
    return await Promise.race([both, grace.over.then(() => [first])]);
  }

  #remember(name: string, resolution: Resolution, ttlMs: number): void {
    this.#cache.delete(name);
    if (this.#cache.size >= MAX_CACHED_NAMES) {
      const [oldest] = this.#cache.keys();
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(name, { resolution, expiresAtMs: this.#nowMs() + ttlMs });
  }

  #readHosts(): Promise<Map<string, string[]>> {
    const nowMs = this.#nowMs();
    if (this.#hosts === null || this.#hosts.expiresAtMs <= nowMs) {
      // A machine without the file simply has no names of its own.
      const names = readFile(this.#hostsFile, "utf8").then(readHostsFile, () => new Map<string, string[]>());
      this.#hosts = { names, expiresAtMs: nowMs + HOSTS_FILE_TTL_MS };
    }
    return this.#hosts.names;
  }
}

async function ask(query: () => Promise<{ address: string; ttl: number }[]>): Promise<FamilyAnswer> {
  try {
    const records = await query();
    return {
      addresses: records.map((record) => record.address),
      ttlMs: Math.min(...records.map((record) => record.ttl)) * 1_000,
      failure: null,
    };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return { addresses: [], ttlMs: Infinity, failure: NO_SUCH_NAME.has(code) ? null : code };
  }
}

/** A wait that holds neither the process nor, once disposed, a timer. */
class GracePeriod implements Disposable {
  readonly #abort = new AbortController();
  readonly over: Promise<void>;

  constructor(ms: number) {
    this.over = delay(ms, undefined, { signal: this.#abort.signal, ref: false }).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }
}
