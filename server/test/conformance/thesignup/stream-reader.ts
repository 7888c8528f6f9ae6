/**
 * Reads the contract's event stream as its client does (section 8): frames end with two line feeds, lines that begin
 * with a colon are comments, nothing is ever resumed.
 */
import { noteAnswer } from "../report.ts";

export interface Frame {
  readonly id: string;
  readonly event: string;
  /** As it stands in the frame. */
  readonly data: string;
}

export interface StreamReader extends AsyncDisposable {
  readonly response: Response;
  /** All frames so far, once there are so many. Rejects when the stream ends before. */
  frames(count: number): Promise<readonly Frame[]>;
  /** Resolves to how the stream went: `ended` cleanly, or `broken`. */
  readonly gone: Promise<"ended" | "broken">;
}

export async function readStream(input: {
  readonly baseUrl: string;
  readonly token: string;
  /** With the question mark. */
  readonly query?: string;
}): Promise<StreamReader> {
  const abort = new AbortController();
  const response = await fetch(new URL(`/api/v1/webhooks/events${input.query ?? ""}`, input.baseUrl), {
    headers: { accept: "text/event-stream", authorization: `Bearer ${input.token}` },
    signal: abort.signal,
  });
  noteAnswer({ dialect: "thesignup", operation: "GET /api/v1/webhooks/events", status: response.status });
  const frames: Frame[] = [];
  let told = Promise.withResolvers<void>();
  const read = async (): Promise<"ended" | "broken"> => {
    try {
      let rest = "";
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const parts = (rest + chunk).split("\n\n");
        rest = parts.pop() ?? "";
        frames.push(...parts.flatMap(parseFrame));
        told.resolve();
        told = Promise.withResolvers<void>();
      }
      return "ended";
    } catch {
      return "broken";
    }
  };
  const gone = read();
  return {
    response,
    gone,
    async frames(count) {
      while (frames.length < count) {
        const how = await Promise.race([told.promise, gone]);
        if (how !== undefined) throw new Error(`the stream ${how} after ${frames.length} frames`);
      }
      return frames;
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await gone;
    },
  };
}

function parseFrame(text: string): Frame[] {
  const lines = text.split("\n").filter((line) => !line.startsWith(":"));
  if (lines.length === 0) return [];
  const fields = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)] as const);
  const { id = "", event = "", data = "" } = Object.fromEntries(fields);
  if (fields.map(([name]) => name).join() !== "id,event,data") throw new Error(`this is no frame: ${text}`);
  return [{ id, event, data }];
}
