/**
 * The network between a server and its database, as a TCP proxy that a test can break: it cuts (resets what is open and
 * refuses what comes), it stalls (takes everything, lets nothing through, closes nothing), and it is mended. What was
 * held while it stalled arrives then, however late, as on a real network.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Wire extends AsyncDisposable {
  readonly url: string;
  /** Connections through it now. */
  readonly connections: number;
  /** Resets what is open and what comes. */
  cut(): void;
  /** Resets what is open; what comes is let through. */
  reset(): void;
  /** Lets nothing through any more, and closes nothing. */
  stall(): void;
  mend(): void;
}

/** Before the server that `url` names. */
export async function startWire(url: string): Promise<Wire> {
  const target = new URL(url);
  const { hostname, port } = target;
  const sockets = new Set<Socket>();
  let isCut = false;
  let isStalled = false;
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (isCut) return void near.resetAndDestroy();
    const far = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", (hadError) => {
        sockets.delete(socket);
        if (hadError && !isStalled) other.resetAndDestroy();
      });
    }
    near.pipe(far).pipe(near);
    if (isStalled) for (const socket of [near, far]) socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  target.port = String((server.address() as AddressInfo).port);
  target.hostname = "127.0.0.1";

  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: target.href,
    get connections() {
      return sockets.size / 2;
    },
    cut() {
      isCut = true;
      reset();
    },
    reset,
    stall() {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
