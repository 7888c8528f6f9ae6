/** The bare relay in a process of its own, sending on to one receiver. */
import { Companion } from "../processes/companion.ts";
import type { RelayCalls } from "../processes/relay.ts";
import type { PublishTarget } from "../processes/request-writer.ts";
import { CONNECTIONS } from "./connections.ts";

export interface SiteRelay extends AsyncDisposable {
  readonly pids: readonly [number];
  readonly database: null;
  readonly target: PublishTarget;
}

export async function openRelay(receiverUrl: string): Promise<SiteRelay> {
  const relay = new Companion<RelayCalls>(new URL("../processes/relay.ts", import.meta.url));
  const { port } = await relay.call("listen", { target: receiverUrl, connections: CONNECTIONS });
  return {
    pids: [relay.pid],
    database: null,
    // As long a header as Posthorn is sent.
    target: { url: `http://127.0.0.1:${port}/`, headers: { authorization: `Bearer ${"x".repeat(56)}` } },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
