/**
 * Verifies a delivery by the libraries that Velt's receivers use. They compare its time with the clock, which for them
 * stands where the story's does.
 */
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { vi } from "vitest";

import type { ReceivedRequest } from "../../../../devkit/receivers/start-receiver.ts";

/** The body, verified. Throws what the libraries throw. */
export function verifyDelivery(request: ReceivedRequest | undefined, secret: string, now: Date): string {
  if (request === undefined) throw new Error("nothing was received");
  const body = request.body.toString();
  vi.useFakeTimers({ toFake: ["Date"], now });
  try {
    new StandardWebhook(secret).verify(body, request.headers);
    new SvixWebhook(secret).verify(body, request.headers);
  } finally {
    vi.useRealTimers();
  }
  return body;
}
