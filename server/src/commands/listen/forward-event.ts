/**
 * Sends one event of the stream to a developer's own receiver, once, as a delivery of the standard profile looks:
 * `{"type","timestamp","data"}` with the published data, signed by Standard Webhooks.
 */
import { signStandard } from "@posthorn/signing";

const TIMEOUT_MS = 15_000;
/** The data is the last member of a frame; nothing before it can hold this. */
const DATA = ',"data":';

export interface ForwardedEvent {
  readonly id: string;
  readonly type: string;
  /** The receiver's status, or why there is none. */
  readonly outcome: string;
  readonly tookMs: number;
}

/** `line` is the data of a frame. Throws a plain Error for what is no event; never for what the receiver does. */
export async function forwardEvent(options: {
  readonly line: string;
  readonly to: URL;
  readonly secret: string;
  readonly signal: AbortSignal;
}): Promise<ForwardedEvent> {
  const { line, to, secret, signal } = options;
  const event = JSON.parse(line) as { readonly id: string; readonly type: string; readonly createdAt: string };
  const start = line.indexOf(DATA);
  if (start < 0) throw new Error("The server sent a frame that is no event.");
  // As text: numbers beyond a double's precision stay as they are.
  const data = line.slice(start + DATA.length, -1);
  const body = `{"type":"${event.type}","timestamp":"${event.createdAt}","data":${data}}`;
  const headers = { ...(await signStandard({ id: event.id, body, secret })), "posthorn-event-type": event.type };
  const startedMs = performance.now();
  const outcome = await send(to, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  return { id: event.id, type: event.type, outcome, tookMs: Math.round(performance.now() - startedMs) };
}

async function send(to: URL, request: RequestInit): Promise<string> {
  try {
    const response = await fetch(to, request);
    await response.body?.cancel();
    return String(response.status);
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") return "no answer in time";
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return cause?.code ?? "failed";
  }
}
