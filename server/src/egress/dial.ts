/**
 * Opens one TCP connection to the first of several vetted addresses that answers.
 *
 * The families take turns and a silent address holds the next one back for a quarter of a second only
 * (RFC 8305, "Happy Eyeballs"), so a receiver with a broken IPv6 route is as reachable as in a browser.
 * Only literal addresses come in: nothing here can resolve a name, so nothing is dialled unvetted.
 */
import { connect, isIPv6 } from "node:net";
import type { Socket } from "node:net";

export interface DialFailure {
  readonly address: string;
  readonly error: NodeJS.ErrnoException;
}

/** Failures are in the order of the tries; there are none when the signal ended it. */
export type DialResult =
  | { readonly ok: true; readonly socket: Socket; readonly address: string }
  | { readonly ok: false; readonly failures: readonly DialFailure[] };

/** RFC 8305 section 5 recommends 250 ms. */
const NEXT_ATTEMPT_AFTER_MS = 250;
/** Names with more addresses than this do not get better by trying them all inside one timeout. */
const MAX_ATTEMPTS = 6;
const TCP_KEEP_ALIVE_MS = 60_000;

/** Ends when a socket is connected, all tries failed, or the signal aborts; every other socket is destroyed. */
export function dial(addresses: readonly string[], port: number, signal: AbortSignal): Promise<DialResult> {
  return new Promise((resolve) => {
    const queue = alternateFamilies(addresses).slice(0, MAX_ATTEMPTS);
    const dialling = new Set<Socket>();
    const failures: DialFailure[] = [];
    let timer: NodeJS.Timeout | undefined;

    const finish = (result: DialResult): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      for (const socket of dialling) socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ ok: false, failures: [] });

    const tryNext = (): void => {
      clearTimeout(timer);
      const address = queue.shift();
      if (address === undefined) return;
      const socket = connect({
        host: address,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      });
      dialling.add(socket);
      socket.once("connect", () => {
        dialling.delete(socket);
        finish({ ok: true, socket, address });
      });
      // Stays for the socket's life: an error between two owners must not end the process.
      socket.on("error", (error) => {
        if (!dialling.delete(socket)) return;
        failures.push({ address, error });
        if (queue.length > 0) tryNext();
        else if (dialling.size === 0) finish({ ok: false, failures });
      });
      timer = setTimeout(tryNext, NEXT_ATTEMPT_AFTER_MS);
    };

    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    tryNext();
  });
}

/** Keeps the order within a family; the family of the first address begins. */
function alternateFamilies(addresses: readonly string[]): string[] {
  const firstIsIpv6 = isIPv6(addresses[0] ?? "");
  const same = addresses.filter((address) => isIPv6(address) === firstIsIpv6);
  const other = addresses.filter((address) => isIPv6(address) !== firstIsIpv6);
  const turns = Array.from({ length: Math.max(same.length, other.length) }, (_, turn) => [same[turn], other[turn]]);
  return turns.flat().filter((address) => address !== undefined);
}
