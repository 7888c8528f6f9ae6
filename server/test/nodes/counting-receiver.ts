/**
 * A receiver that many nodes deliver to at once, with a path for each endpoint: it answers after a while, and keeps how
 * many requests of each path were under way together, when each came, and which deliveries came twice.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Arrival {
  readonly eventId: string;
  /** Milliseconds of this process' monotonic clock. */
  readonly at: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface CountingReceiver extends AsyncDisposable {
  /** `http://host:port`; what stands behind it is the endpoint's path. */
  readonly url: string;
  arrivals(path: string): readonly Arrival[];
  /** The most requests of this path that were under way at once since it was last asked. */
  takeMost(path: string): number;
  /** Resolves when this is true; looks again at each arrival. */
  until(isDone: () => boolean): Promise<void>;
}

export async function startCountingReceiver(options: {
  readonly answerAfterMs: () => number;
  /** Given how often this delivery came before. */
  readonly status?: (before: number) => number;
}): Promise<CountingReceiver> {
  const arrivals = new Map<string, Arrival[]>();
  const underWay = new Map<string, number>();
  const most = new Map<string, number>();
  const looks = new Set<() => void>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const count = (underWay.get(path) ?? 0) + 1;
    underWay.set(path, count);
    most.set(path, Math.max(most.get(path) ?? 0, count));
    response.once("close", () => underWay.set(path, (underWay.get(path) ?? 0) - 1));
    const at = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const list = arrivals.get(path) ?? [];
      arrivals.set(path, list);
      const eventId = String(request.headers["webhook-id"]);
      const before = options.status === undefined ? 0 : list.filter((one) => one.eventId === eventId).length;
      list.push({ eventId, at, headers: request.headers, body });
      for (const look of looks) look();
      setTimeout(() => response.writeHead(options.status?.(before) ?? 200).end(), options.answerAfterMs());
    });
    request.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: (path) => arrivals.get(path) ?? [],
    takeMost(path) {
      const taken = most.get(path) ?? 0;
      most.set(path, underWay.get(path) ?? 0);
      return taken;
    },
    async until(isDone) {
      if (isDone()) return;
      const done = Promise.withResolvers<void>();
      const look = (): void => void (isDone() && done.resolve());
      looks.add(look);
      await done.promise.finally(() => looks.delete(look));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
