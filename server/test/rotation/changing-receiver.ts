/**
 * A receiver that knows one secret at a time, as most do, and changes over when it is told. It verifies with a library
 * that is not ours, refuses what it cannot verify, and now and then answers 503 to what it could, so that deliveries are
 * signed again later.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import { Webhook } from "standardwebhooks";

export interface ChangingReceiver extends AsyncDisposable {
  readonly url: string;
  /** Requests whose signature was good. */
  readonly verified: number;
  readonly rejected: readonly RejectedRequest[];
  /** From the next request on. */
  useSecret(secret: string): void;
  /** Resolves once so many events have arrived and were accepted. */
  waitForEvents(count: number): Promise<void>;
}

export interface RejectedRequest {
  readonly eventId: string;
  readonly at: Date;
  readonly why: string;
}

/** One of so many events is answered 503 at its first try. */
const BUSY_ONE_IN = 25;

export async function startChangingReceiver(secret: string): Promise<ChangingReceiver> {
  let webhook = new Webhook(secret);
  let verified = 0;
  const rejected: RejectedRequest[] = [];
  const accepted = new Set<string>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  const answer = (headers: Record<string, string>, body: string): number => {
    const eventId = headers["webhook-id"] ?? "";
    try {
      webhook.verify(body, headers);
    } catch (error) {
      rejected.push({ eventId, at: new Date(), why: String(error) });
      return 401;
    }
    verified += 1;
    if (headers["posthorn-attempt"] === "1" && verified % BUSY_ONE_IN === 0) return 503;
    accepted.add(eventId);
    for (const one of waiting) if (accepted.size >= one.count) one.resolve();
    return 204;
  };
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => response.writeHead(answer(request.headers as Record<string, string>, body.toString())).end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get verified() {
      return verified;
    },
    rejected,
    useSecret(next) {
      webhook = new Webhook(next);
    },
    async waitForEvents(count) {
      if (accepted.size < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
