/** Reads server-sent events from a body: the fields of each frame, as they come. Comments alone make no frame. */

export interface StreamFrame {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
}

/** Ends when the body ends; throws what reading it throws. */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamFrame, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const frame = parseFrame(part);
      if (frame !== null) yield frame;
    }
  }
}

function parseFrame(text: string): StreamFrame | null {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value);
  }
  if (fields.size === 0) return null;
  return { id: fields.get("id") ?? null, event: fields.get("event") ?? null, data: fields.get("data") ?? null };
}
