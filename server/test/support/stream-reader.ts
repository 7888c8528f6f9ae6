/** Reads `GET /v1/tenants/{t}/stream` as an EventSource does: it keeps the last id, and a frame without data is no event. */
export interface StreamedEvent {
  /** The frame's cursor. */
  readonly cursor: string;
  readonly type: string;
  /** The line of JSON, as it came. */
  readonly data: string;
}

export interface NativeStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** Empty before the first frame. */
  readonly lastCursor: () => string;
  /** All events so far, once there are so many. Rejects when the stream ends before. */
  events(count: number): Promise<readonly StreamedEvent[]>;
  /** Resolves once there is a cursor. */
  begun(): Promise<void>;
  readonly gone: Promise<"ended" | "broken">;
}

export async function openStream(input: {
  readonly baseUrl: string;
  readonly tenant: string;
  readonly token: string;
  /** With the question mark. */
  readonly query?: string;
  readonly lastEventId?: string;
}): Promise<NativeStream> {
  const abort = new AbortController();
  const response = await fetch(new URL(`/v1/tenants/${input.tenant}/stream${input.query ?? ""}`, input.baseUrl), {
    headers: {
      authorization: `Bearer ${input.token}`,
      ...(input.lastEventId === undefined ? {} : { "last-event-id": input.lastEventId }),
    },
    signal: abort.signal,
  });
  const events: StreamedEvent[] = [];
  let cursor = "";
  let told = Promise.withResolvers<void>();
  const take = (text: string): void => {
    const fields = new Map(text.split("\n").map((line) => [line.split(": ", 1)[0] ?? "", line.replace(/^\w*: /, "")]));
    cursor = fields.get("id") ?? cursor;
    const data = fields.get("data");
    if (data !== undefined) events.push({ cursor, type: fields.get("event") ?? "", data });
  };
  const read = async (): Promise<"ended" | "broken"> => {
    try {
      let rest = "";
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) take(part);
        told.resolve();
        told = Promise.withResolvers<void>();
      }
      return "ended";
    } catch {
      return "broken";
    }
  };
  const gone = read();
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      const how = await Promise.race([told.promise, gone]);
      if (how !== undefined && !isDone()) throw new Error(`the stream ${how} after ${events.length} events`);
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    lastCursor: () => cursor,
    gone,
    begun: () => until(() => cursor !== ""),
    async events(count) {
      await until(() => events.length >= count);
      return events;
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await gone;
    },
  };
}
