/** What the suite of adapters asks of each framework: a receiver on it that verifies, and tells what came of it. */

import type { WebhookEvent, WebhookOptions } from "@posthorn/signing";

export interface ReceiverSetup {
  readonly options: WebhookOptions;
  /** The framework's own body parser runs before the adapter. */
  readonly parserFirst: boolean;
  onEvent(event: WebhookEvent): void;
  onError(error: unknown): void;
}

export interface PostedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Without saying the length beforehand. */
  readonly chunked?: boolean;
}

export interface RunningReceiver extends AsyncDisposable {
  /** Resolves to the status that the sender gets. */
  post(request: PostedRequest): Promise<number>;
}

export interface AdapterDriver {
  readonly name: string;
  /** What BodyAlreadyParsedError has to name in this framework. */
  readonly advice: RegExp;
  /** False where the platform hands over a body whose length is known. */
  readonly streams: boolean;
  /** Where the framework captures the bytes itself, within a bound of its own. */
  readonly bound?: number;
  start(setup: ReceiverSetup): Promise<RunningReceiver>;
}

/** Runs `verify`, tells of what came of it, and lets the error go on to the framework. */
export async function told(setup: ReceiverSetup, verify: () => Promise<WebhookEvent>): Promise<void> {
  try {
    setup.onEvent(await verify());
  } catch (error) {
    setup.onError(error);
    throw error;
  }
}

export function statusOf(error: unknown): number {
  return (error as { readonly status: number }).status;
}
