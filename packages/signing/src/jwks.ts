/**
 * Follows the public keys of a sender: reads its JWKS when a request needs it, keeps it for as long as the sender says,
 * and looks again when a signature fits none of the keys, since a new one may have begun to sign. Forged requests do not
 * make it look more often than every 30 seconds.
 */

import { KeysUnavailableError } from "./errors/keys-unavailable-error.ts";
import { parseJwks } from "./receive/parse-jwks.ts";
import type { SecretSource } from "./receive/webhook-options.ts";

export type { SecretSource } from "./receive/webhook-options.ts";

export interface FollowJwksOptions {
  /** Of the endpoint's keys: Posthorn's is `…/v1/tenants/{t}/jwks?endpoint={e}`. */
  readonly url: string;
  /** This machine's clock by default; another for tests. */
  readonly now?: () => Date;
}

/** Between two looks, whatever asks for them. */
const LOOKS_APART_MS = 30_000;

/** For as long as the sender says, between these; five minutes where it says nothing. */
const FRESH_MS_LEAST = 30_000;
const FRESH_MS_MOST = 3_600_000;
const FRESH_MS_DEFAULT = 300_000;

/** How long the keys are still taken after that while the sender's JWKS cannot be read: no longer, for one may have leaked. */
const STALE_MS_MOST = 3_600_000;

const TIMEOUT_MS = 5000;
const CHARACTERS_MAX = 256 * 1024;

/** Each is tried for each request that fits none. */
const KEYS_MAX = 100;

interface KnownKeys {
  readonly keys: readonly string[];
  readonly freshUntilMs: number;
}

/** To be given as `secret`. */
export function followJwks(options: FollowJwksOptions): SecretSource {
  const { now = () => new Date() } = options;
  const nowMs = (): number => now().getTime();
  let known: KnownKeys | null = null;
  let lookedAtMs = -Infinity;
  let look: Promise<KnownKeys> | null = null;

  /** All that ask meanwhile share one look. */
  const lookNow = (): Promise<KnownKeys> => {
    lookedAtMs = nowMs();
    look ??= readKeys(options.url, nowMs()).finally(() => (look = null));
    return look;
  };

  return {
    async current() {
      if (known !== null && nowMs() < known.freshUntilMs) return known.keys;
      const stale = known !== null && nowMs() < known.freshUntilMs + STALE_MS_MOST ? known.keys : null;
      if (look === null && nowMs() - lookedAtMs < LOOKS_APART_MS) {
        if (stale !== null) return stale;
        throw new KeysUnavailableError("could not be read a moment ago");
      }
      try {
        known = await lookNow();
        return known.keys;
      } catch (error) {
        if (stale !== null) return stale;
        throw error;
      }
    },
    async refresh() {
      if (look === null && nowMs() - lookedAtMs < LOOKS_APART_MS) return null;
      known = await lookNow();
      return known.keys;
    },
  };
}

/** Throws KeysUnavailableError. */
async function readKeys(url: string, nowMs: number): Promise<KnownKeys> {
  const response = await ask(url);
  if (response.status !== 200) throw new KeysUnavailableError(`was answered with ${response.status}`);
  const keys = parseJwks(response.text);
  if (keys === null) throw new KeysUnavailableError("is no JWK Set");
  if (keys.length === 0) throw new KeysUnavailableError("holds no Ed25519 key");
  if (keys.length > KEYS_MAX) {
    throw new KeysUnavailableError(`holds more than ${KEYS_MAX} keys: ask for those of one endpoint`);
  }
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(response.cacheControl)?.[1];
  const freshMs = maxAge === undefined ? FRESH_MS_DEFAULT : Number(maxAge) * 1000;
  return { keys, freshUntilMs: nowMs + Math.min(Math.max(freshMs, FRESH_MS_LEAST), FRESH_MS_MOST) };
}

async function ask(
  url: string,
): Promise<{ readonly status: number; readonly cacheControl: string; readonly text: string }> {
  try {
    // Elsewhere than where the receiver said, anybody's keys may be.
    const init = { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const response = await fetch(url, { ...init, headers: { accept: "application/jwk-set+json, application/json" } });
    const text = await response.text();
    if (text.length > CHARACTERS_MAX) throw new Error("It is too large.");
    return { status: response.status, cacheControl: response.headers.get("cache-control") ?? "", text };
  } catch (error) {
    throw new KeysUnavailableError("could not be read", { cause: error });
  }
}
